// @ts-check
/**
 * Says for a few seconds what became of something that was asked for. Data comes by `say`.
 */
import { setText } from "../dom.js";

const SAID_MS = 6000;

customElements.define("notice-line", class extends HTMLElement {
  #timer = 0;

  /** @param {string} text @param {boolean} isProblem */
  say(text, isProblem = false) {
    clearTimeout(this.#timer);
    this.toggleAttribute("data-problem", isProblem);
    setText(this, text);
    this.#timer = setTimeout(() => setText(this, ""), SAID_MS);
  }
});
