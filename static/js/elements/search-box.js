// @ts-check
/**
 * The field for the search, and what could come next below it. Tells each change as `search-input` (detail: the
 * text) and Enter or ↓ as `search-enter`; what a term may be is asked of `suggest`. Tab takes the first suggestion.
 */
import { fill, h, tell } from "../dom.js";
import { termAt } from "../completion.js";

/** @typedef {import("../completion.js").Suggestion & {isWhole?: boolean, isKept?: boolean}} Suggestion */

customElements.define("search-box", class extends HTMLElement {
  #field = /** @type {HTMLInputElement} */ (this.querySelector("input"));
  #list = h("ul", { role: "listbox", id: "suggestions", "aria-label": "Suggestions" });
  #hint = h("p.note", { "aria-hidden": "true" });
  #popup = h("div.suggestions", { hidden: true, mousedown: (/** @type {Event} */ event) => event.preventDefault() }, this.#list, this.#hint);
  /** @type {Suggestion[]} */
  #offered = [];
  #at = -1;

  /** @type {(word: string, text: string) => Suggestion[]} what may stand for the word, or for the empty search */
  suggest = () => [];

  connectedCallback() {
    this.append(h("kbd", { "aria-hidden": "true" }, "/"), this.#popup);
    this.#field.setAttribute("aria-controls", "suggestions");
    this.#field.setAttribute("aria-autocomplete", "list");
    this.addEventListener("input", () => this.#typed());
    this.addEventListener("submit", (event) => event.preventDefault());
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    this.#field.addEventListener("focus", () => this.#offer());
    this.#field.addEventListener("blur", () => this.#close());
  }

  get text() {
    return this.#field.value;
  }

  /** @param {string} text written only when it differs, so that the caret stays */
  set text(text) {
    if (this.#field.value.trimEnd() !== text) this.#field.value = text; // a space that was just typed stays
  }

  focusField() {
    this.#field.select();
    this.#offer();
  }

  #typed() {
    tell(this, "search-input", this.#field.value);
    this.#offer();
  }

  #offer() {
    const { value } = this.#field;
    const { word } = termAt(value, this.#field.selectionStart ?? value.length);
    this.#offered = this.suggest(word, value);
    this.#at = -1;
    fill(this.#list, ...this.#offered.map((suggestion, index) => this.#option(suggestion, index)));
    this.#popup.hidden = this.#offered.length === 0;
    const isTerm = this.#offered.length > 0 && !this.#offered[0].isWhole;
    fill(this.#hint, isTerm && h("span", h("kbd", "Tab"), " completes"), h("span", h("kbd", "Alt ↓"), " chooses"), h("span", h("kbd", "↓"), " goes to the results"));
    this.#field.removeAttribute("aria-activedescendant");
  }

  #close() {
    this.#popup.hidden = true;
  }

  /** @param {Suggestion} suggestion @param {number} index */
  #option(suggestion, index) {
    const { text, hint, isKept } = suggestion;
    return h("li", { role: "option", id: `suggestion-${index}`, "aria-selected": "false", click: () => this.#take(suggestion) },
      h("code", text), h("span.note", isKept ? "kept" : hint));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const isOpen = !this.#popup.hidden;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && event.altKey) this.#choose(step);
    else if (event.key === "Tab" && !event.shiftKey && isOpen && this.#field.value && !this.#offered[0].isWhole) this.#take(this.#offered[Math.max(0, this.#at)]);
    else if (event.key === "Enter" && isOpen && this.#at >= 0) this.#take(this.#offered[this.#at]);
    else if (event.key === "Enter" || event.key === "ArrowDown") {
      this.#close();
      tell(this, "search-enter", this.#field.value);
    } else if (event.key === "Escape" && isOpen && this.#field.value && this.#at >= 0) {
      event.stopPropagation();
      this.#close();
    } else return;
    event.preventDefault();
  }

  /** @param {number} step */
  #choose(step) {
    const { length } = this.#offered;
    if (!length) return;
    this.#popup.hidden = false;
    this.#at = this.#at < 0 ? (step > 0 ? 0 : length - 1) : (this.#at + step + length) % length;
    [...this.#list.children].forEach((option, index) => { option.ariaSelected = String(index === this.#at); });
    this.#list.children[this.#at].scrollIntoView({ block: "nearest" });
    this.#field.setAttribute("aria-activedescendant", `suggestion-${this.#at}`);
  }

  /** @param {Suggestion} suggestion */
  #take({ text, isWhole }) {
    const { value, selectionStart } = this.#field;
    const caret = selectionStart ?? value.length;
    const { from } = termAt(value, caret);
    const isDone = !/[:.]$/.test(text);
    const rest = value.slice(caret);
    this.#field.value = isWhole ? text : value.slice(0, from) + text + (isDone && !rest.startsWith(" ") ? " " : "") + rest;
    const place = isWhole ? text.length : from + text.length + Number(isDone);
    this.#field.setSelectionRange(place, place);
    this.#typed();
    if (isWhole) this.#close();
  }
});
