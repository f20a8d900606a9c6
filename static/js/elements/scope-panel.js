// @ts-check
/**
 * The ASGI scope exactly as the application got it. A key unfolds into what it means.
 */
import { h } from "../dom.js";
import { visible } from "../format.js";
import { SCOPE_KEY, SPEC } from "../words.js";
import { copyButton } from "./copy-button.js";

export class ScopePanel extends HTMLElement {
  /** @param {import("../types.js").ExchangeDocument} exchange */
  set document({ scope }) {
    const copy = copyButton(() => JSON.stringify(scope, null, 2), "Copy the scope as JSON");
    this.replaceChildren(
      h("p", { class: "note" },
        "What the server handed to the application, keys as in the ",
        h("a", { href: SPEC, rel: "noreferrer noopener", target: "_blank" }, "ASGI specification"), ". Open a key to read what it holds.", copy),
      h("dl", { class: "scope" }, ...Object.entries(scope).map(entry)),
    );
  }
}

/** @param {[string, any]} entry */
function entry([key, value]) {
  const name = SCOPE_KEY[key]
    ? h("details", {}, h("summary", {}, visible(key)), h("p", {}, SCOPE_KEY[key]))
    : visible(key);
  return h("div", {}, h("dt", {}, name), h("dd", {}, ...lines(key, value)));
}

/** One line per header keeps pairs readable. @param {string} key @param {any} value @returns {HTMLElement[]} */
function lines(key, value) {
  if (key === "headers" && value.length) return value.map((/** @type {any} */ pair) => line(pair));
  return [line(value)];
}

/** @param {any} value */
function line(value) {
  return h("code", {}, visible(JSON.stringify(value)));
}

customElements.define("scope-panel", ScopePanel);
