// @ts-check
/**
 * Asks for the note on an exchange. `ask` resolves to the text, or to null when it was left.
 */
import { answerOf } from "../dom.js";

customElements.define("note-dialog", class extends HTMLElement {
  #dialog = /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  #field = /** @type {HTMLTextAreaElement} */ (this.querySelector("textarea"));

  connectedCallback() {
    this.#field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#dialog.close("save");
    });
  }

  /** @param {string} text the present note @returns {Promise<string | null>} */
  async ask(text) {
    this.#field.value = text;
    return (await answerOf(this.#dialog)) === "save" ? this.#field.value.trim() : null;
  }
});
