// @ts-check
/**
 * Small parts that several panels are made of: groups of named facts, tables of fields, titled sections.
 */
import { h } from "../dom.js";
import { bytesText, visible } from "../format.js";
import { copyButton } from "./copy-button.js";

/** @param {string} title @param {import("../dom.js").Child[]} content */
export function section(title, ...content) {
  return h("section", {}, h("h3", {}, title), ...content);
}

/** @param {[string, import("../dom.js").Child][]} facts those without a value are left out */
export function factList(facts) {
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== "");
  return h("dl", { class: "facts" }, ...known.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

/**
 * Named values in their order, repetitions kept and marked.
 * @param {[import("../types.js").Bytes, import("../types.js").Bytes][]} pairs
 * @param {string} caption
 */
export function fieldTable(pairs, caption) {
  const seen = new Map();
  const rows = pairs.map(([name, value]) => {
    const text = bytesText(name);
    seen.set(text, (seen.get(text) ?? 0) + 1);
    return fieldRow(text, bytesText(value), seen.get(text));
  });
  const titles = h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Name"), h("th", { scope: "col" }, "Value")));
  const columns = h("colgroup", {}, h("col", { class: "name" }), h("col"));
  return h("table", { class: "fields" }, h("caption", { class: "unseen" }, caption), columns, titles, h("tbody", {}, ...rows));
}

/** @param {string} name @param {string} value @param {number} occurrence */
function fieldRow(name, value, occurrence) {
  const repeat = occurrence > 1 && h("small", { class: "repeat", title: `Sent ${occurrence} times so far` }, `${occurrence}×`);
  const copy = copyButton(value, `Copy the value of ${visible(name)}`);
  return h("tr", {}, h("th", { scope: "row" }, visible(name), repeat), h("td", {}, h("bdi", {}, visible(value)), copy));
}
