// @ts-check
/**
 * The help sheet: the keyboard, printed from the table that the program itself obeys, and the search language,
 * printed by the server from its own. Up goes `search-example` (detail: the search).
 */
import { fill, h, tell } from "../dom.js";
import { keyLabel, SHORTCUTS } from "../keys.js";

customElements.define("help-sheet", class extends HTMLElement {
  #dialog = /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));

  connectedCallback() {
    fill(/** @type {Element} */ (this.querySelector("dl")), ...SHORTCUTS.flatMap(shortcutRow));
    this.addEventListener("click", ({ target }) => this.#try(/** @type {Element} */ (target)));
  }

  open() {
    this.#dialog.showModal();
  }

  /** @param {Element} target what was clicked */
  #try(target) {
    if (!target.matches(".example")) return;
    this.#dialog.close();
    tell(this, "search-example", target.textContent);
  }
});

/** @param {Command} shortcut */
function shortcutRow({ keys, text }) {
  const shown = keys.length > 2 ? [keys[0], keys[keys.length - 1]] : keys;
  const labels = shown.map((key) => h("kbd", keyLabel(key)));
  return [h("dt", labels[0], keys.length > 2 && " to ", labels[1]), h("dd", text)];
}
