// @ts-check
/**
 * The search taken apart: a chip for each term with a button that takes it out, and what is wrong with it.
 * Data comes by `show`; up goes `term-remove` (detail: its index).
 */
import { fill, h, icon, tell } from "../dom.js";

customElements.define("search-terms", class extends HTMLElement {
  /** @param {SearchTerm[]} terms @param {string | null} problem */
  show(terms, problem) {
    this.hidden = terms.length === 0 && !problem;
    fill(this,
      terms.length > 0 && h("ul", { "aria-label": "Search terms" }, ...terms.map((term, index) => this.#chip(term, index))),
      problem && h("p.problem", { role: "alert" }, problem));
  }

  /** @param {SearchTerm} term @param {number} index */
  #chip({ text, field, value, negated }, index) {
    const click = () => tell(this, "term-remove", index);
    const remove = h("button.quiet", { type: "button", "aria-label": `Remove ${text}`, click }, icon("close"));
    return h("li.chip", { title: text }, negated && h("em", "not"), field && h("small", field), value || "any", remove);
  }
});
