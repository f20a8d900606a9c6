// @ts-check
/**
 * The help sheet: the keyboard and the search language, both printed from the tables that the program itself
 * obeys. Up goes `search-example` (detail: the search).
 */
import { h, icon, tell } from "../dom.js";
import { keyLabel } from "../keys.js";

const LANGUAGE = "Words are looked for in method, path, headers and bodies; all of them have to be found. "
  + "Quotes keep spaces, a minus in front excludes.";

export class HelpSheet extends HTMLElement {
  #body = h("div", { class: "sheet-body" });
  #close = h("button", { class: "quiet", "aria-label": "Close", autofocus: true }, icon("close"));
  #dialog = h("dialog", { class: "sheet", "aria-labelledby": "help-title" },
    h("form", { method: "dialog", class: "sheet-head" }, h("h2", { id: "help-title" }, "Help"), this.#close), this.#body);

  connectedCallback() {
    this.append(this.#dialog);
  }

  /** @param {Command[]} shortcuts @param {SearchField[]} fields */
  fill(shortcuts, fields) {
    this.#body.append(
      h("section", {}, h("h3", {}, "Keyboard"), h("dl", { class: "keys" }, ...shortcuts.flatMap(shortcutRow))),
      h("section", {}, h("h3", {}, "Search"), h("p", { class: "note" }, LANGUAGE),
        h("dl", { class: "keys" }, ...fields.flatMap((field) => this.#fieldRow(field)))));
  }

  open() {
    this.#dialog.showModal();
  }

  /** @param {SearchField} field */
  #fieldRow({ help, example }) {
    const click = () => {
      this.#dialog.close();
      tell(this, "search-example", example);
    };
    return [h("dt", {}, h("button", { type: "button", class: "example", click }, example)), h("dd", {}, help)];
  }
}

/** @param {Command} shortcut */
function shortcutRow({ keys, text }) {
  const shown = keys.length > 2 ? [keys[0], keys[keys.length - 1]] : keys;
  const labels = shown.map((key) => h("kbd", {}, keyLabel(key)));
  return [h("dt", {}, labels[0], keys.length > 2 && " to ", labels[1]), h("dd", {}, text)];
}

customElements.define("help-sheet", HelpSheet);
