// @ts-check
/**
 * Asks for the note on an exchange. `ask` resolves to the text, or to null when it was left.
 */
import { h } from "../dom.js";

const MAX_CHARACTERS = "2000"; // what the server takes

export class NoteDialog extends HTMLElement {
  #field = h("textarea", { id: "note-text", rows: "4", maxlength: MAX_CHARACTERS, autofocus: true });
  #buttons = h("div", { class: "buttons" }, h("button", { value: "no", formnovalidate: true, type: "submit" }, "Cancel"), h("button", { value: "save", class: "main" }, "Save"));
  #dialog = h("dialog", { "aria-labelledby": "note-label" },
    h("form", { method: "dialog" }, h("label", { for: "note-text", id: "note-label" }, "Note on this exchange"), this.#field,
      h("p", { class: "note" }, "Seen by everybody who opens this inspector; part of exports."), this.#buttons));

  connectedCallback() {
    this.append(this.#dialog);
    this.#field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#dialog.close("save");
    });
  }

  /** @param {string} text the present note @returns {Promise<string | null>} */
  ask(text) {
    this.#field.value = text;
    this.#dialog.returnValue = "no";
    this.#dialog.showModal();
    return new Promise((resolve) => {
      const answer = () => resolve(this.#dialog.returnValue === "save" ? this.#field.value.trim() : null);
      this.#dialog.addEventListener("close", answer, { once: true });
    });
  }
}

customElements.define("note-dialog", NoteDialog);
