// @ts-check
/**
 * Takes files that are dropped anywhere on the page, and says so while they hover. Up goes `files-chosen`
 * (detail: File[]).
 */
import { tell } from "../dom.js";

customElements.define("file-drop", class extends HTMLElement {
  connectedCallback() {
    document.addEventListener("dragover", (event) => this.#over(event));
    document.addEventListener("dragleave", (event) => event.relatedTarget === null && this.#left());
    document.addEventListener("drop", (event) => this.#drop(event));
  }

  /** @param {DragEvent} event */
  #over(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.hidden = false;
  }

  #left() {
    this.hidden = true;
  }

  /** @param {DragEvent} event */
  #drop(event) {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    this.#left();
    tell(this, "files-chosen", [...event.dataTransfer.files]);
  }
});
