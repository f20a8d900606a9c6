// @ts-check
/**
 * Asks before something is lost. `ask` resolves to whether it was confirmed.
 */
import { answerOf, setText } from "../dom.js";

customElements.define("confirm-dialog", class extends HTMLElement {
  /** @param {string} question @param {string} yes what the confirming button says @returns {Promise<boolean>} */
  async ask(question, yes) {
    setText(/** @type {Node} */ (this.querySelector("p")), question);
    setText(/** @type {Node} */ (this.querySelector(".danger")), yes);
    return (await answerOf(/** @type {HTMLDialogElement} */ (this.querySelector("dialog")))) === "yes";
  }
});
