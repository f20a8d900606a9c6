// @ts-check
/**
 * The field for the search. Tells each change as `search-input` (detail: the text); knows nothing of the
 * language.
 */
import { h, tell } from "../dom.js";

customElements.define("search-box", class extends HTMLElement {
  #field = /** @type {HTMLInputElement} */ (this.querySelector("input"));

  connectedCallback() {
    this.append(h("kbd", { "aria-hidden": "true" }, "/"));
    this.addEventListener("input", () => tell(this, "search-input", this.#field.value));
    this.addEventListener("submit", (event) => event.preventDefault());
  }

  /** @param {string} text written only when it differs, so that the caret stays */
  set text(text) {
    if (this.#field.value !== text) this.#field.value = text;
  }

  focusField() {
    this.#field.select();
  }
});
