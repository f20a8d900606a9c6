// @ts-check
/**
 * Copies text: its `value`, or the text of the element that its `for` names. Says so for a moment. Its attributes:
 * `label`, and the `picture` where it is not that of copying.
 */
import { fill, h, icon, setText } from "../dom.js";

const SAID_MS = 1200;

customElements.define("copy-button", class extends HTMLElement {
  #word = h("span.word", { role: "status" });
  /** @type {string | (() => string) | null} */
  value = null;

  connectedCallback() {
    const title = this.getAttribute("label") ?? "Copy";
    fill(this, h("button.quiet", { type: "button", title, "aria-label": title, click: () => this.#copy() }, icon(this.getAttribute("picture") ?? "copy")), this.#word);
  }

  async #copy() {
    const said = /secrets masked/.test(this.getAttribute("label") ?? "") ? "Copied, secrets masked" : "Copied";
    setText(this.#word, (await copyText(this.#text())) ? said : "Not allowed");
    setTimeout(() => setText(this.#word, ""), SAID_MS);
  }

  #text() {
    if (typeof this.value === "function") return this.value();
    return this.value ?? document.getElementById(this.getAttribute("for") ?? "")?.textContent ?? "";
  }
});

/** @param {string} text @returns {Promise<boolean>} whether it is on the clipboard */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // plain http on another host has no clipboard API
  }
}

/** @param {string} text */
function copyBySelection(text) {
  const field = h("textarea.unseen", { "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  return isCopied;
}

/** @param {string | (() => string)} value @param {string} label */
export function copyButton(value, label) {
  return Object.assign(h("copy-button", { label }), { value });
}
