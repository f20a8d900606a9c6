// @ts-check
/**
 * Asks for the time to which the list shall go. `ask` resolves to milliseconds since 1970, or to null when it was left.
 */
import { answerOf, setText } from "../dom.js";
import { momentOf } from "../moments.js";

customElements.define("time-dialog", class extends HTMLElement {
  #dialog = /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  #field = /** @type {HTMLInputElement} */ (this.querySelector("input"));

  connectedCallback() {
    this.addEventListener("input", () => this.#complain(false));
    this.addEventListener("click", (event) => this.#take(/** @type {HTMLButtonElement} */ (event.target)));
    this.querySelector("form")?.addEventListener("submit", (event) => this.#submitted(event));
  }

  /** @returns {Promise<number | null>} */
  async ask() {
    this.#complain(false);
    const answer = answerOf(this.#dialog);
    this.#field.select();
    return (await answer) === "go" ? momentOf(this.#field.value) : null;
  }

  /** @param {HTMLButtonElement} button of one of the usual times, or to leave */
  #take({ dataset, value }) {
    if (dataset.ago) this.#field.value = dataset.ago;
    if (dataset.ago || value === "no") this.#dialog.close(dataset.ago ? "go" : "no");
  }

  /** @param {Event} event */
  #submitted(event) {
    if (!Number.isNaN(momentOf(this.#field.value))) return;
    event.preventDefault();
    this.#complain(true);
    this.#field.focus();
  }

  /** @param {boolean} isWrong */
  #complain(isWrong) {
    setText(/** @type {Node} */ (this.querySelector(".problem")), isWrong ? "This is no time." : "");
  }
});
