// @ts-check
/**
 * Small parts that several panels are made of: titled sections, named facts, tables of fields.
 */
import { h, icon } from "../dom.js";
import { bytesText, count, visible } from "../format.js";
import { copyButton } from "./copy-button.js";

const LONG = 600; // characters of a value, of which the first lines are shown until all are asked for

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
 * @param {Header[]} pairs @param {string} caption @param {string} family of search fields, as `query`: values can be filtered by
 */
export function fieldTable(pairs, caption, family = "") {
  return tableOf(caption, fieldRows(pairs, { family }));
}

/** @param {string} caption @param {Node[]} rows */
export function tableOf(caption, rows) {
  const titles = h("tr", h("th", { scope: "col" }, "Name"), h("th", { scope: "col" }, "Value"));
  return h("table.fields", h("caption.unseen", caption),
    h("colgroup", h("col.name"), h("col")), h("thead.unseen", titles), h("tbody", ...rows));
}

/**
 * `readings`: what is said below each value; `hints`: what each name means.
 * @param {Header[]} pairs @param {{readings?: Child[], hints?: string[], family?: string}} more
 */
export function fieldRows(pairs, { readings = [], hints = [], family = "" } = {}) {
  const seen = new Map();
  return pairs.map(([name, value], index) => {
    const text = bytesText(name);
    seen.set(text, (seen.get(text) ?? 0) + 1);
    const field = family && `${family}.${text}`;
    return fieldRow(visible(text), bytesText(value), { occurrence: seen.get(text), reading: readings[index], hint: hints[index], field });
  });
}

/**
 * @param {string} name @param {string} value
 * @param {{occurrence?: number, reading?: Child, hint?: string, field?: string}} more
 */
export function fieldRow(name, value, { occurrence = 1, reading = null, hint = "", field = "" } = {}) {
  const repeat = occurrence > 1 && h("small.repeat", { title: `The name came ${occurrence} times so far` }, `${occurrence}×`);
  const said = h("td", ...valueParts(visible(value)), h("span.deeds", field && filterButton(name), copyButton(value, `Copy the value of ${name}`)), reading);
  return h("tr", h("th", { scope: "row", title: hint || false }, name, repeat), field ? filterable(said, field, value) : said);
}

/** @param {string} text */
function valueParts(text) {
  const value = h("bdi", { "data-long": text.length > LONG }, text);
  if (text.length <= LONG) return [value];
  const more = h("button.link", { type: "button", click: () => {
    delete value.dataset.long;
    more.remove();
  } }, `All ${count(text.length)} characters`);
  return [value, more];
}

/** A value that a click filters the list by. @template {HTMLElement} E @param {E} element @param {string} field @param {string} value */
export function filterable(element, field, value) {
  element.dataset.field = field;
  element.dataset.value = value;
  return element;
}

/** @param {string} name */
function filterButton(name) {
  const title = `Filter the list by this value of ${name}`;
  return h("button.quiet.filter", { type: "button", title, "aria-label": title, "aria-haspopup": "menu" }, icon("filter"));
}
