// @ts-check
/**
 * Asks before something is lost. `ask` resolves to whether it was confirmed.
 */
import { h, setText } from "../dom.js";

export class ConfirmDialog extends HTMLElement {
  connectedCallback() {
    this.question = h("p", { id: "question" });
    this.yes = h("button", { value: "yes", class: "danger" });
    this.dialog = /** @type {HTMLDialogElement} */ (h("dialog", { "aria-labelledby": "question" },
      h("form", { method: "dialog" }, this.question, h("div", { class: "buttons" }, h("button", { value: "no", autofocus: true }, "Cancel"), this.yes))));
    this.append(this.dialog);
  }

  /** @param {string} question @param {string} yes what the confirming button says @returns {Promise<boolean>} */
  ask(question, yes) {
    const dialog = /** @type {HTMLDialogElement} */ (this.dialog);
    setText(/** @type {Node} */ (this.question), question);
    setText(/** @type {Node} */ (this.yes), yes);
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
  }
}

customElements.define("confirm-dialog", ConfirmDialog);
