// @ts-check
/**
 * Source text with its strings, comments, numbers and words marked: enough to read by, no parser. The text stays
 * exactly what it is; joined, the parts are the whole.
 */
import { h } from "../dom.js";
import { tokens } from "../source.js";

/** @param {string} text @param {string} syntax @returns {(Node | string)[]} */
export function coloured(text, syntax) {
  return tokens(text, syntax).map(([type, word]) => (type ? h("span", { class: `code-${type}` }, word) : word));
}
