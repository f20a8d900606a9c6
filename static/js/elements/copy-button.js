// @ts-check
/**
 * Copies text: its `value`, or the text of the element that its `for` names. Says so for a moment.
 */
import { h, setText } from "../dom.js";

const SAID_MS = 1200;

export class CopyButton extends HTMLElement {
  /** @type {string | (() => string) | null} */
  value = null;

  connectedCallback() {
    if (this.firstChild) return;
    const label = this.getAttribute("label") ?? "Copy";
    const icon = h("i", { class: "icon", "data-icon": "copy", "aria-hidden": "true" });
    this.word = h("span", { class: "word", role: "status" });
    this.append(h("button", { type: "button", class: "quiet", title: label, "aria-label": label, click: () => this.#copy() }, icon), this.word);
  }

  async #copy() {
    const isCopied = await copyText(this.#text());
    if (!this.word) return;
    setText(this.word, isCopied ? "Copied" : "Not allowed");
    setTimeout(() => this.word && setText(this.word, ""), SAID_MS);
  }

  #text() {
    if (typeof this.value === "function") return this.value();
    return this.value ?? document.getElementById(this.getAttribute("for") ?? "")?.textContent ?? "";
  }
}

/** @param {string} text @returns {Promise<boolean>} whether it is on the clipboard */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // plain http on another host has no clipboard API
  }
}

/** @param {string} text */
function copyBySelection(text) {
  const field = /** @type {HTMLTextAreaElement} */ (h("textarea", { class: "unseen", "aria-hidden": "true" }));
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  return isCopied;
}

/** @param {string | (() => string)} value @param {string} label @returns {HTMLElement} */
export function copyButton(value, label) {
  const button = /** @type {CopyButton} */ (h("copy-button", { label }));
  button.value = value;
  return button;
}

customElements.define("copy-button", CopyButton);
