// @ts-check
/**
 * The field for the search. Tells each change as `search-input` (detail: {text}); knows nothing of the
 * language.
 */
import { h, tell } from "../dom.js";

export class SearchBox extends HTMLElement {
  connectedCallback() {
    this.field = /** @type {HTMLInputElement} */ (this.querySelector("input"));
    this.append(h("kbd", { "aria-hidden": "true" }, "/"));
    this.field.addEventListener("input", () => tell(this, "search-input", { text: this.field?.value ?? "" }));
    this.querySelector("form")?.addEventListener("submit", (event) => event.preventDefault());
  }

  /** @param {string} text written only when it differs, so that the caret stays */
  set text(text) {
    if (this.field && this.field.value !== text) this.field.value = text;
  }

  focusField() {
    this.field?.focus();
    this.field?.select();
  }
}

customElements.define("search-box", SearchBox);
