// @ts-check
/**
 * The request's body. A WebSocket has none: it points at the frames.
 */
import { fill, h, tell } from "../dom.js";
import "./body-view.js";

customElements.define("body-panel", class extends HTMLElement {
  #view = h("body-view");

  /** @param {ExchangeDocument} exchange */
  set document(exchange) {
    if (exchange.type === "websocket") {
      const click = () => tell(this, "tab-select", "events");
      fill(this, h("div.hollow", h("p", "A WebSocket has frames instead of a body."), h("button", { type: "button", click }, "Show the frames")));
      return;
    }
    if (!this.#view.isConnected) fill(this, this.#view);
    this.#view.show(exchange, "request");
  }
});
