// @ts-check
/**
 * What is against the ASGI specification: where, by whom, and the sentence that says otherwise.
 */
import { fill, h, linkAway } from "../dom.js";
import { visible } from "../format.js";
import { PATHS, read } from "../readings.js";

customElements.define("breach-table", class extends HTMLElement {
  /** @param {ExchangeDocument} exchange */
  set document(exchange) {
    read(this, exchange, PATHS.conformance, ({ breaches }) => fill(this, breaches.length ? table(breaches) : h("p.note", "Nothing here is against the ASGI specification.")));
  }
});

/** @param {BreachDocument[]} breaches */
function table(breaches) {
  return h("table.breaches", h("caption.unseen", "Against the ASGI specification"),
    h("thead", h("tr", ...["Where", "By", "What"].map((title) => h("th", { scope: "col" }, title)))),
    h("tbody", ...breaches.map(({ where, by, why, level, sentence, link }) =>
      h("tr", { "data-level": level }, h("th", { scope: "row" }, visible(where)), h("td", by),
        h("td", visible(why), h("small", level === "error" ? "The specification says: " : "The specification advises: ", linkAway(link, sentence)))))));
}
