// @ts-check
/**
 * What would be answered, while it is being written: to a recorded request, or to one that is made up. Data comes by
 * `requests`; up goes `preview-wanted`, and what the server says comes back by `show` and `complain`.
 */
import { fill, h, tell } from "../dom.js";
import { bytesText } from "../format.js";
import { titleOf } from "../titles.js";
import { statusText } from "../words.js";
import { pairsOf } from "./definition.js";

customElements.define("answer-preview", class extends HTMLElement {
  #request = h("select", { "aria-label": "To which request" });
  #number = h("input", { type: "number", min: "1", value: "1" });
  #method = h("input", { value: "POST" });
  #target = h("input", { value: "/", spellcheck: "false" });
  #headers = h("textarea", { rows: "2", spellcheck: "false", placeholder: "content-type: application/json" });
  #body = h("textarea", { rows: "3", spellcheck: "false", placeholder: '{"challenge": "abc"}' });
  #made = h("div.form-grid", h("label", "Method", this.#method), h("label", "Path and query", this.#target), h("label", "Headers", this.#headers), h("label", "Body", this.#body));
  #said = h("div.said", { "aria-live": "polite" });

  connectedCallback() {
    this.addEventListener("input", () => { this.#fit(); tell(this, "preview-wanted"); });
    fill(this, h("h2", "Preview"), h("div.form-grid", h("label", "To which request", this.#request), h("label", "Which one of its sequence", this.#number)), this.#made, this.#said);
  }

  /** @param {Summary[]} summaries of the bin, the newest first */
  set requests(summaries) {
    fill(this.#request, h("option", { value: "" }, "One that is made up"),
      ...summaries.map((summary) => h("option", { value: summary.id }, `${titleOf(summary)} at ${summary.started_at.slice(11, 19)}`)));
    if (summaries.length) this.#request.value = summaries[0].id;
    this.#fit();
  }

  /** @returns what the server is to be asked */
  get sample() {
    const number = Math.max(1, Number(this.#number.value) || 1);
    if (this.#request.value) return { exchange: this.#request.value, number };
    const [path, query = ""] = this.#target.value.split(/\?(.*)/s);
    return { number, request: { method: this.#method.value || "GET", path: path || "/", query, headers: Object.fromEntries(pairsOf(this.#headers.value)), body: this.#body.value } };
  }

  /** @param {Preview} preview */
  show({ rule, status, headers, body, fault, delay, echo, remarks }) {
    const what = echo ? "The request is echoed" : fault ? `Fault: ${fault}` : statusText(status);
    fill(this.#said,
      h("p", h("b", what), rule === null ? "" : `, by rule ${rule + 1}`, delay ? `, after ${delay} s` : ""),
      headers.length > 0 && h("pre.source", { tabindex: "0" }, headers.map(([name, value]) => `${name}: ${value}`).join("\n")),
      bytesText(body) && h("pre.source", { tabindex: "0" }, bytesText(body)),
      ...remarks.map((remark) => h("p.problem", remark)));
  }

  /** @param {string} text */
  complain(text) {
    fill(this.#said, h("p.problem", { role: "alert" }, text));
  }

  #fit() {
    this.#made.hidden = this.#request.value !== "";
  }
});
