// @ts-check
/**
 * The headers of a request or an answer: as they came, or grouped by meaning; each value read out in a line that
 * unfolds. Secrets are hidden by the server until they are asked for.
 */
import { fill, h } from "../dom.js";
import { bytesText, countOf, visible } from "../format.js";
import { read } from "../readings.js";
import { choice, toggle } from "./choices.js";
import { copyButton } from "./copy-button.js";
import { fieldRow, fieldRows, tableOf } from "./facts.js";
import { meaningLine, meaningView } from "./meaning.js";

const ORDERS = { order: "As they came", meaning: "By meaning" };
let order = "order"; // stays for the next exchange

customElements.define("headers-view", class extends HTMLElement {
  /** @type {{id: string, seq: number} & any} */
  #exchange = null;
  #of = "request";
  #isRevealed = false;

  /** As the panel of a tab: those of the request. @param {ExchangeDocument} exchange */
  set document(exchange) {
    this.show(exchange, "request");
  }

  /** @param {ExchangeDocument} exchange @param {"request" | "response"} of */
  show(exchange, of) {
    if (exchange.id !== this.#exchange?.id) this.#isRevealed = false;
    this.#exchange = exchange;
    this.#of = of;
    read(this, exchange, `headers?of=${of}&reveal=${Number(this.#isRevealed)}`, (reading) => this.#paint(reading));
  }

  /** @param {HeadersReading} reading */
  #paint(reading) {
    const { lines } = reading;
    const text = () => lines.map(({ name, value }) => `${bytesText(name)}: ${bytesText(value)}`).join("\n");
    fill(this,
      h("div.tools",
        choice("Order of the headers", ORDERS, order, (chosen) => { order = chosen; this.#paint(reading); }),
        h("span.note", countOf(lines.length, "header"), lines.some((line) => line.secret) && !this.#isRevealed && ", secrets hidden"),
        lines.some((line) => line.secret) && toggle("Show secrets", this.#isRevealed, (isRevealed) => this.#reveal(isRevealed)),
        copyButton(text, "Copy all headers")),
      lines.length ? (order === "meaning" ? grouped(reading) : asTheyCame(lines)) : h("p.note", "None."),
      reading.chain && h("section.chain", h("h3", "The way here"), h("p", visible(reading.chain.summary)), meaningView(reading.chain)),
      h("p.note", "Names reach an ASGI application in lower case, whatever was sent."));
  }

  /** @param {boolean} isRevealed */
  #reveal(isRevealed) {
    this.#isRevealed = isRevealed;
    this.show(this.#exchange, /** @type {"request" | "response"} */ (this.#of));
  }
});

/** @param {HeaderLine[]} lines */
function asTheyCame(lines) {
  const meanings = lines.map(({ meaning }) => meaning && meaningLine(meaning));
  return tableOf("Headers in their order", fieldRows(lines.map(({ name, value }) => [name, value]), meanings, lines.map(({ about }) => about ?? "")));
}

/** @param {HeadersReading} reading */
function grouped({ lines, groups }) {
  return h("div", ...groups.map(({ title, lines: indexes }) => h("section", h("h3", title),
    tableOf(title, indexes.map((index) => explained(lines[index]))))));
}

/** @param {HeaderLine} line */
function explained({ name, value, about, meaning }) {
  return fieldRow(visible(bytesText(name)), bytesText(value), 1,
    h("div", about && h("p.about", about), meaning && meaningLine(meaning)));
}
