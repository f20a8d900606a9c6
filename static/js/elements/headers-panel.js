// @ts-check
/**
 * The request's headers.
 */
import { fill, h } from "../dom.js";
import "./headers-view.js";

customElements.define("headers-panel", class extends HTMLElement {
  #view = h("headers-view");

  connectedCallback() {
    fill(this, this.#view);
  }

  /** @param {ExchangeDocument} exchange */
  set document(exchange) {
    this.#view.show(exchange, "request");
  }
});
