// @ts-check
/**
 * Says for a few seconds what became of something that was asked for, and may offer something to do about it. Data
 * comes by `say`.
 */
import { fill, h } from "../dom.js";

const SAID_MS = 6000;

customElements.define("notice-line", class extends HTMLElement {
  #timer = 0;

  /** @param {string} text @param {boolean} isProblem @param {{title: string, act: () => void, ms: number}} [offer] */
  say(text, isProblem = false, offer) {
    clearTimeout(this.#timer);
    this.toggleAttribute("data-problem", isProblem);
    const act = () => { fill(this); offer?.act(); };
    fill(this, text && h("span", text), offer && h("button", { type: "button", click: act }, offer.title));
    this.#timer = setTimeout(() => fill(this), offer?.ms ?? SAID_MS);
  }
});
