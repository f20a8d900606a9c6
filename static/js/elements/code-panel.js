// @ts-check
/**
 * The request as code that sends it again. The server writes it; secrets stay hidden until they are asked for.
 */
import { fill, h } from "../dom.js";
import { read } from "../readings.js";
import { choice, toggle } from "./choices.js";
import { coloured } from "./coloured.js";
import { copyButton } from "./copy-button.js";

const COLOURED = 60_000; // characters whose words get elements of their own
let language = "curl"; // stays for the next exchange

customElements.define("code-panel", class extends HTMLElement {
  #stage = h("div.stage");
  /** @type {any} */
  #exchange = null;
  #isRevealed = false;
  #text = "";

  /** @param {ExchangeDocument} exchange */
  set document(exchange) {
    this.#exchange = exchange;
    read(this, exchange, "code", ({ languages }) => this.#paint(languages));
  }

  /** @param {Language[]} languages */
  #paint(languages) {
    if (!languages.some(({ id }) => id === language)) language = languages[0].id;
    const options = Object.fromEntries(languages.map(({ id, title }) => [id, title]));
    fill(this,
      h("div.tools", choice("Language", options, language, (chosen) => { language = chosen; this.#write(); }),
        toggle("Show secrets", this.#isRevealed, (isRevealed) => { this.#isRevealed = isRevealed; this.#write(); }),
        h("span.actions", copyButton(() => this.#text, "Copy the code"))),
      this.#stage);
    this.#write();
  }

  #write() {
    read(this.#stage, this.#exchange, `code/${language}?reveal=${Number(this.#isRevealed)}`, (text) => {
      this.#text = text;
      fill(this.#stage, h("pre.source", { tabindex: "0" }, ...(text.length > COLOURED ? [text] : coloured(text, "code"))), this.#foot());
    });
  }

  #foot() {
    const root = document.body.dataset.root ?? "";
    const href = `${root}/-/api/export.har?ids=${encodeURIComponent(this.#exchange.id)}&reveal=${Number(this.#isRevealed)}`;
    return h("p.note.foot", "It sends the request to this inspector again. ", h("a", { href, download: "" }, "Save as HAR"), " to open it in a browser's developer tools.");
  }
});
