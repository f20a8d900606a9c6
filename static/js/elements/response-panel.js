// @ts-check
/**
 * What the application answered: status, headers, body.
 */
import { fill, h } from "../dom.js";
import { milliseconds, statusClass } from "../format.js";
import { statusText } from "../words.js";
import { section } from "./facts.js";
import "./body-view.js";
import "./headers-view.js";

customElements.define("response-panel", class extends HTMLElement {
  #status = h("p.status");
  #headers = h("headers-view");
  #body = h("body-view");

  /** @param {ExchangeDocument} exchange */
  set document(exchange) {
    const { response, state, type } = exchange;
    if (!response) {
      fill(this, h("p.hollow", state === "open" ? "No answer yet." : "No answer was sent."));
      return;
    }
    if (!this.#status.isConnected) fill(this, this.#status, section("Headers", this.#headers), type === "http" && section("Body", this.#body));
    this.#status.dataset.status = statusClass(response.status);
    fill(this.#status, h("i.mark"), statusText(response.status), startedAfter(exchange));
    this.#headers.show(exchange, "response");
    if (type === "http") this.#body.show(exchange, "response");
  }
});

/** @param {ExchangeDocument} exchange */
function startedAfter({ events }) {
  const start = events.find(({ channel, type }) => channel === "send" && /start$|accept$/.test(type));
  return start && h("span.note", `after ${milliseconds(start.at_ms)}`);
}
