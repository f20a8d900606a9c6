// @ts-check
/**
 * The headers of a request or an answer: as they came, or grouped by meaning; each value read out in a line that
 * unfolds. Secrets are as the page shows them; up goes `secrets-wanted` (detail: true).
 */
import { fill, h, tell } from "../dom.js";
import { bytesText, countOf, visible } from "../format.js";
import { PATHS, read } from "../readings.js";
import { choice } from "./choices.js";
import { copyButton } from "./copy-button.js";
import { fieldRow, tableOf } from "./facts.js";
import { meaningLine, meaningView } from "./meaning.js";

const ORDERS = { order: "As they came", meaning: "By meaning" };
let order = "order"; // stays for the next exchange

customElements.define("headers-view", class extends HTMLElement {
  /** As the panel of a tab: those of the request. @param {ExchangeDocument} exchange */
  set document(exchange) {
    this.show(exchange, "request");
  }

  /** @param {ExchangeDocument} exchange @param {"request" | "response"} of */
  show(exchange, of) {
    read(this, exchange, PATHS[`${of}Headers`], (reading) => this.#paint(reading));
  }

  /** @param {HeadersReading} reading */
  #paint(reading) {
    const { lines, chain, of } = reading;
    const isHidden = lines.some(({ secret }) => secret) && document.body.dataset.secrets === "hidden";
    const text = () => lines.map(({ name, value }) => `${bytesText(name)}: ${bytesText(value)}`).join("\n");
    fill(this,
      h("div.tools",
        choice("Order of the headers", ORDERS, order, (chosen) => { order = chosen; this.#paint(reading); }),
        h("span.note", countOf(lines.length, "header"), isHidden && ", secrets hidden"),
        isHidden && h("button", { type: "button", click: () => tell(this, "secrets-wanted", true) }, "Show secrets"),
        copyButton(text, isHidden ? "Copy all headers, secrets masked" : "Copy all headers")),
      lines.length ? (order === "meaning" ? grouped(reading, isHidden) : asTheyCame(reading, isHidden)) : h("p.note", "None."),
      chain && h("section.chain", h("p", visible(chain.summary)), meaningView(chain)),
      of === "request" && h("p.note", "Names reach an ASGI application in lower case, whatever was sent."));
  }
});

/** @param {HeadersReading} reading @param {boolean} isHidden */
function asTheyCame({ lines, of }, isHidden) {
  return tableOf("Headers in their order", lines.map((line, index) => {
    const occurrence = lines.slice(0, index + 1).filter(({ name }) => bytesText(name) === bytesText(line.name)).length;
    return fieldRow(visible(bytesText(line.name)), bytesText(line.value),
      { occurrence, reading: worthSaying(line) && meaningLine(/** @type {Meaning} */ (line.meaning)), hint: line.about ?? "", field: fieldOf(line, of, isHidden) });
  }));
}

/** @param {HeadersReading} reading @param {boolean} isHidden */
function grouped({ lines, groups, of }, isHidden) {
  return h("div", ...groups.map(({ title, lines: indexes }) => h("section", h("h3", title),
    tableOf(title, indexes.map((index) => explained(lines[index], fieldOf(lines[index], of, isHidden)))))));
}

/** @param {HeaderLine} line @param {string} field */
function explained({ name, value, about, meaning }, field) {
  return fieldRow(visible(bytesText(name)), bytesText(value),
    { reading: h("div", about && h("p.about", about), meaning && meaningLine(meaning)), field });
}

/** Where a search finds a header: only in requests, and only as it was sent. @param {HeaderLine} line @param {string} of @param {boolean} isHidden */
function fieldOf({ name, secret }, of, isHidden) {
  return of === "request" && !(secret && isHidden) ? `header.${bytesText(name)}` : "";
}

/** Whether a reading says more than the value does. @param {HeaderLine} line */
function worthSaying({ value, meaning }) {
  if (!meaning) return false;
  const said = meaning.summary.toLowerCase().replace(/[\s,]|bytes?/g, "");
  const rows = meaning.sections.reduce((sum, { rows: some }) => sum + some.length, 0);
  return rows > 1 || meaning.notes.length > 0 || !bytesText(value).toLowerCase().replace(/[\s,]/g, "").startsWith(said);
}
