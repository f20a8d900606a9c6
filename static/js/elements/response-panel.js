// @ts-check
/**
 * What the application answered: status, headers in their order, body.
 */
import { fill, h } from "../dom.js";
import { bytesText, statusClass } from "../format.js";
import { statusText } from "../words.js";
import { bodyView } from "./body-view.js";
import { fieldTable, section } from "./facts.js";

export class ResponsePanel extends HTMLElement {
  /** @param {ExchangeDocument} exchange */
  set document({ response, state, type }) {
    if (!response) {
      fill(this, h("p", { class: "hollow" }, state === "open" ? "No answer yet." : "No answer was sent."));
      return;
    }
    const { status, headers, body } = response;
    const contentType = headers.find(([name]) => name === "content-type")?.[1] ?? "";
    fill(this,
      h("p", { class: "status", "data-status": statusClass(status) }, h("i", { class: "mark" }), statusText(status)),
      section("Headers", headers.length ? fieldTable(headers, "Response headers in their order") : h("p", { class: "note" }, "None.")),
      type === "http" && section("Body", bodyView(body, bytesText(contentType))));
  }
}

customElements.define("response-panel", ResponsePanel);
