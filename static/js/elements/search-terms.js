// @ts-check
/**
 * The search taken apart: a chip for each term with a button that takes it out, and what is wrong with it.
 * Data comes by `show`; up go `term-remove` (detail: its index) and `command` to keep the search.
 */
import { fill, h, icon, tell } from "../dom.js";
import { COMMANDS } from "../keys.js";

customElements.define("search-terms", class extends HTMLElement {
  /** @param {SearchTerm[]} terms @param {string | null} problem @param {boolean} isKept */
  show(terms, problem, isKept) {
    const keep = () => tell(this, "command", COMMANDS.find(({ action }) => action === "keep"));
    this.hidden = terms.length === 0 && !problem;
    fill(this,
      terms.length > 0 && h("ul", { "aria-label": "Search terms" }, ...terms.map((term, index) => this.#chip(term, index))),
      terms.length > 0 && h("button.quiet.keep", { type: "button", "aria-pressed": String(isKept), title: "Keep this search: it stands below the search box", click: keep }, isKept ? "Kept" : "Keep"),
      problem && h("p.problem", { role: "alert" }, problem));
  }

  /** @param {SearchTerm} term @param {number} index */
  #chip({ text, field, value, negated }, index) {
    const click = () => tell(this, "term-remove", index);
    const remove = h("button.quiet", { type: "button", "aria-label": `Remove ${text}`, click }, icon("close"));
    return h("li.chip", { title: text }, negated && h("em", "not"), field && h("small", field), value || "any", remove);
  }
});
