// @ts-check
/**
 * Small parts that several panels are made of: titled sections, named facts, tables of fields.
 */
import { h } from "../dom.js";
import { bytesText, visible } from "../format.js";
import { copyButton } from "./copy-button.js";

/** @param {string} title @param {Child[]} content */
export function section(title, ...content) {
  return h("section", h("h3", title), ...content);
}

/** @param {[string, Child][]} facts those without a value are left out */
export function factList(facts) {
  return h("dl.facts", ...facts.flatMap(([name, value]) => (value ? [h("dt", name), h("dd", value)] : [])));
}

/**
 * Named values in their order, repetitions kept and marked.
 * @param {Header[]} pairs @param {string} caption
 */
export function fieldTable(pairs, caption) {
  return tableOf(caption, fieldRows(pairs));
}

/** @param {string} caption @param {Node[]} rows */
export function tableOf(caption, rows) {
  const titles = h("tr", h("th", { scope: "col" }, "Name"), h("th", { scope: "col" }, "Value"));
  return h("table.fields", h("caption.unseen", caption),
    h("colgroup", h("col.name"), h("col")), h("thead.unseen", titles), h("tbody", ...rows));
}

/** @param {Header[]} pairs @param {Child[]} readings what is said below each value @param {string[]} hints what each name means */
export function fieldRows(pairs, readings = [], hints = []) {
  const seen = new Map();
  return pairs.map(([name, value], index) => {
    const text = bytesText(name);
    seen.set(text, (seen.get(text) ?? 0) + 1);
    return fieldRow(visible(text), bytesText(value), seen.get(text), readings[index], hints[index]);
  });
}

/** @param {string} name @param {string} value @param {number} occurrence @param {Child} reading @param {string} hint */
export function fieldRow(name, value, occurrence, reading = null, hint = "") {
  const repeat = occurrence > 1 && h("small.repeat", { title: `The name came ${occurrence} times so far` }, `${occurrence}×`);
  return h("tr", h("th", { scope: "row", title: hint || false }, name, repeat),
    h("td", h("bdi", visible(value)), copyButton(value, `Copy the value of ${name}`), reading));
}
