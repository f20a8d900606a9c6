// @ts-check
/**
 * Asks before something is lost. `ask` resolves to whether it was confirmed.
 */
import { h, setText } from "../dom.js";

export class ConfirmDialog extends HTMLElement {
  #question = h("p", { id: "question" });
  #yes = h("button", { value: "yes", class: "danger" });
  #buttons = h("div", { class: "buttons" }, h("button", { value: "no", autofocus: true }, "Cancel"), this.#yes);
  #dialog = h("dialog", { "aria-labelledby": "question" }, h("form", { method: "dialog" }, this.#question, this.#buttons));

  connectedCallback() {
    this.append(this.#dialog);
  }

  /** @param {string} question @param {string} yes what the confirming button says @returns {Promise<boolean>} */
  ask(question, yes) {
    setText(this.#question, question);
    setText(this.#yes, yes);
    this.#dialog.returnValue = "no";
    this.#dialog.showModal();
    return new Promise((resolve) => {
      this.#dialog.addEventListener("close", () => resolve(this.#dialog.returnValue === "yes"), { once: true });
    });
  }
}

customElements.define("confirm-dialog", ConfirmDialog);
