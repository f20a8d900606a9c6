// @ts-check
/**
 * The search taken apart: a chip for each term with a button that takes it out, or what is wrong with it.
 * Data comes by `show`; up goes `term-remove` (detail: {index}).
 */
import { h, tell } from "../dom.js";

/** @typedef {{text: string, field: string, value: string, negated: boolean}} Term */

export class SearchTerms extends HTMLElement {
  /** @param {Term[]} terms @param {string | null} error */
  show(terms, error) {
    this.hidden = terms.length === 0 && !error;
    this.replaceChildren();
    if (terms.length) this.append(h("ul", { "aria-label": "Search terms" }, ...terms.map((term, index) => this.#chip(term, index))));
    if (error) this.append(h("p", { class: "problem", role: "alert" }, error));
  }

  /** @param {Term} term @param {number} index */
  #chip({ text, field, value, negated }, index) {
    const name = field && h("small", {}, `${field} `);
    return h("li", { class: "chip", title: text }, negated && h("em", {}, "not "), name, value || "any", this.#removeButton(text, index));
  }

  /** @param {string} text @param {number} index */
  #removeButton(text, index) {
    const icon = h("i", { class: "icon", "data-icon": "close", "aria-hidden": "true" });
    const click = () => tell(this, "term-remove", { index });
    return h("button", { type: "button", class: "quiet", "aria-label": `Remove ${text}`, click }, icon);
  }
}

customElements.define("search-terms", SearchTerms);
