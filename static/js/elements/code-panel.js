// @ts-check
/**
 * The request as code that sends it again. The server writes it; secrets are as the page shows them, and can be
 * copied in any case. Up goes `secrets-wanted` (detail: true).
 */
import { fill, h, tell } from "../dom.js";
import { ask, PATHS, read } from "../readings.js";
import { choice } from "./choices.js";
import { coloured } from "./coloured.js";
import { copyButton, copyText } from "./copy-button.js";

const COLOURED = 60_000; // characters whose words get elements of their own
let language = "curl"; // stays for the next exchange

customElements.define("code-panel", class extends HTMLElement {
  #stage = h("div.stage");
  /** @type {any} */
  #exchange = null;

  /** @param {ExchangeDocument} exchange */
  set document(exchange) {
    this.#exchange = exchange;
    read(this, exchange, PATHS.code, ({ languages }) => this.#paint(languages));
  }

  /** @param {Language[]} languages */
  #paint(languages) {
    if (!languages.some(({ id }) => id === language)) language = languages[0].id;
    const options = Object.fromEntries(languages.map(({ id, title }) => [id, id === "raw" ? "Raw" : title]));
    const isHidden = document.body.dataset.secrets === "hidden";
    fill(this,
      h("div.tools", choice("Language", options, language, (chosen) => { language = chosen; this.#write(); })),
      isHidden && h("div.tools", h("span.note", "Secrets are hidden in it."),
        h("button", { type: "button", click: () => tell(this, "secrets-wanted", true) }, "Show secrets"), this.#secretCopy()),
      this.#stage);
    this.#write();
  }

  #secretCopy() {
    const button = h("button", { type: "button", click: async () => {
      button.textContent = (await copyText(await ask(this, this.#exchange, `code/${language}`, true))) ? "Copied, with secrets" : "Not allowed";
    } }, "Copy with secrets");
    return button;
  }

  #write() {
    read(this.#stage, this.#exchange, `code/${language}`, (text) => {
      const title = document.body.dataset.secrets === "hidden" ? "Copy the code, secrets masked" : "Copy the code";
      fill(this.#stage,
        h("div.cornered", h("pre.source", { tabindex: "0" }, ...(text.length > COLOURED ? [text] : coloured(text, "code"))), copyButton(text, title)),
        this.#foot());
    });
  }

  #foot() {
    const href = `${document.body.dataset.base}/api/export.har?ids=${encodeURIComponent(this.#exchange.id)}&reveal=${Number(document.body.dataset.secrets === "shown")}`;
    return h("p.note.foot", "It sends the request to this inspector again. ", h("a", { href, download: "" }, "Save as HAR"), " to open it in a browser's developer tools.");
  }
});
