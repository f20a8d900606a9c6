// @ts-check
/**
 * Takes files that are dropped anywhere on the page, and says so while they hover. Up goes `files-chosen`
 * (detail: File[]).
 */
import { h, tell } from "../dom.js";

export class FileDrop extends HTMLElement {
  connectedCallback() {
    this.hidden = true;
    this.append(h("p", {}, "Drop a HAR or JSON Lines file to import it"));
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
}

customElements.define("file-drop", FileDrop);
