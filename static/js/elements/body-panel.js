// @ts-check
/**
 * The request's body. A WebSocket has none: it points at the frames.
 */
import { fill, h } from "../dom.js";
import { bytesText } from "../format.js";
import { bodyView } from "./body-view.js";

export class BodyPanel extends HTMLElement {
  /** @param {ExchangeDocument} exchange */
  set document({ type, request, content_type }) {
    fill(this, type === "websocket"
      ? h("p", { class: "hollow" }, "A WebSocket has frames instead of a body: see Events.")
      : bodyView(request.body, bytesText(content_type ?? "")));
  }
}

customElements.define("body-panel", BodyPanel);
