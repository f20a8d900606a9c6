// @ts-check
/**
 * Export and import: which exchanges, with or without secrets, as which file; and a file to read back. Data
 * comes by `open`; up goes `files-chosen` (detail: File[]).
 */
import { fill, h, tell } from "../dom.js";

customElements.define("transfer-dialog", class extends HTMLElement {
  #dialog = /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  #choice = /** @type {HTMLSelectElement} */ (this.querySelector("select"));
  #reveal = /** @type {HTMLInputElement} */ (this.querySelector("[type=checkbox]"));
  #file = /** @type {HTMLInputElement} */ (this.querySelector("[type=file]"));
  /** @type {ExportChoice[]} */
  #choices = [];

  /** @type {(format: string, wish: {q?: string, ids?: string[], reveal?: boolean}) => string} */
  addressOf = () => "#";

  connectedCallback() {
    this.addEventListener("change", ({ target }) => (target === this.#file ? this.#chosen() : this.#address()));
  }

  /** @param {ExportChoice[]} choices the first one is proposed */
  open(choices) {
    this.#choices = choices;
    this.#reveal.checked = false;
    this.#file.value = "";
    fill(this.#choice, ...choices.map(({ title }, index) => h("option", { value: String(index) }, title)));
    this.#address();
    this.#dialog.showModal();
  }

  #address() {
    const { q, ids } = this.#choices[this.#choice.selectedIndex];
    for (const link of this.querySelectorAll("a")) {
      link.href = this.addressOf(link.dataset.format ?? "", { q, ids, reveal: this.#reveal.checked });
    }
  }

  #chosen() {
    this.#dialog.close();
    tell(this, "files-chosen", [...(this.#file.files ?? [])]);
  }
});
