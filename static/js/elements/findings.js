// @ts-check
/**
 * Remarks about an exchange: each with its level, why it matters, what to do and where that is written.
 */
import { h } from "../dom.js";

const LEVELS = { problem: "Problem", warning: "Warning", note: "Note" };

/** @param {Finding[]} findings @returns {HTMLElement | null} nothing where there is nothing to say */
export function findingList(findings) {
  if (!findings.length) return null;
  return h("section", { class: "findings", "aria-label": "Findings" }, h("ul", {}, ...findings.map(finding)));
}

/** @param {Finding} one */
function finding({ level, title, why, advice, reference }) {
  return h("li", { "data-level": level },
    h("i", { class: "mark", title: LEVELS[level] }), h("span", { class: "unseen" }, `${LEVELS[level]}: `), h("b", {}, title),
    h("p", {}, why, advice && ` ${advice}`),
    isAddress(reference) && h("a", { href: /** @type {string} */ (reference), rel: "noreferrer noopener", target: "_blank" }, "Read why"));
}

/** @param {string | undefined} reference only an address of the web becomes a link */
function isAddress(reference) {
  return reference !== undefined && /^https:\/\//.test(reference);
}
