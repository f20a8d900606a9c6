// @ts-check
/**
 * The request's headers in the order in which they arrived.
 */
import { fill, h } from "../dom.js";
import { bytesText, countOf } from "../format.js";
import { copyButton } from "./copy-button.js";
import { fieldTable } from "./facts.js";

export class HeadersPanel extends HTMLElement {
  /** @param {ExchangeDocument} exchange */
  set document({ scope: { headers } }) {
    const text = () => headers.map(([name, value]) => `${bytesText(name)}: ${bytesText(value)}`).join("\n");
    fill(this,
      h("p", { class: "note" },
        `${countOf(headers.length, "header")} in the order in which they arrived. ASGI servers lower-case the names.`,
        copyButton(text, "Copy all headers")),
      fieldTable(headers, "Request headers in their order"));
  }
}

customElements.define("headers-panel", HeadersPanel);
