// @ts-check
/**
 * Remarks about an exchange: each with its level, why it matters, what to do and where that is written.
 */
import { h, linkAway } from "../dom.js";
import { visible } from "../format.js";

/** @param {Finding[]} [findings] @returns {HTMLElement | false} nothing where there is nothing to say */
export function findingList(findings = []) {
  return findings.length > 0 && h("ul.findings", { "aria-label": "Findings" }, ...findings.map(finding));
}

/** @param {Finding} one */
function finding({ level, title, why, advice, reference, link }) {
  const source = reference.startsWith("https://") ? new URL(reference).host : reference;
  return h("li", { "data-level": level }, h("i.mark"), h("span.unseen", `${level}: `), h("b", visible(title)),
    h("p", visible(why)), h("p", advice && `${visible(advice)} `, link ? linkAway(link, source) : source));
}
