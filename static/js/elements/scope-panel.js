// @ts-check
/**
 * The ASGI scope exactly as the application got it. A key unfolds into what it means.
 */
import { fill, h, linkAway } from "../dom.js";
import { visible } from "../format.js";
import { scopeHelp, SPEC } from "../words.js";
import "./breach-table.js";
import { copyButton } from "./copy-button.js";

customElements.define("scope-panel", class extends HTMLElement {
  /** @param {ExchangeDocument} exchange */
  set document(exchange) {
    const { scope } = exchange;
    const breaches = h("breach-table");
    fill(this,
      breaches,
      h("p.note", "What the server handed to the application, keys as in the ", linkAway(SPEC, "ASGI specification"),
        ". Open a key to read what it holds.", copyButton(() => JSON.stringify(scope, null, 2), "Copy the scope as JSON")),
      h("dl.scope", ...Object.entries(scope).map(([key, value]) => entry(key, value, `${SPEC}#${scope.type}-connection-scope`))));
    /** @type {any} */ (breaches).document = exchange;
  }
});

/** @param {string} key @param {any} value @param {string} spec where the specification describes it */
function entry(key, value, spec) {
  const help = scopeHelp(key);
  const name = help ? h("details", h("summary", key), h("p", help, " ", linkAway(spec, "ASGI specification"))) : visible(key);
  const lines = key === "headers" && value.length ? value : [value]; // one line per header keeps pairs readable
  return h("div", h("dt", name), h("dd", ...lines.map((/** @type {any} */ line) => h("code", visible(JSON.stringify(line))))));
}
