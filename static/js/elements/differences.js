// @ts-check
/**
 * Tables of what differs between A and B.
 */
import { h } from "../dom.js";
import { countOf, visible } from "../format.js";
import { section } from "./facts.js";

const KINDS = { same: "same", changed: "changed", moved: "moved", removed: "only in A", added: "only in B" };
const VALUE = 2000; // characters of a value shown

/** @param {string} title @param {Difference[]} rows @param {Child[]} rest */
export function part(title, rows, ...rest) {
  const differing = rows.filter(({ kind }) => kind !== "same").length;
  const verdict = !rows.length ? "none in both" : differing ? countOf(differing, "difference") : "the same";
  return section(title, h("span.note", { "data-differs": differing > 0 }, verdict), rows.length > 0 && table(title, rows), ...rest);
}

/** @param {string} title @param {Difference[]} rows */
export function table(title, rows) {
  const titles = ["Difference", "Name", "A", "B"].map((name) => h("th", { scope: "col" }, name));
  return h("table.pairs", h("caption.unseen", title), h("thead.unseen", h("tr", ...titles)), h("tbody", ...rows.map(line)));
}

/** @param {Difference} row */
function line({ kind, name, a, b }) {
  return h("tr", { "data-kind": kind }, h("td.kind", KINDS[kind]), h("th", { scope: "row" }, visible(name)), cell("A", a), cell("B", b));
}

/** @param {string} side @param {string | null} value */
function cell(side, value) {
  const isCut = value !== null && value.length > VALUE;
  return h("td", { "data-side": side }, value === null ? h("span.note", "–") : h("bdi", visible(isCut ? `${value.slice(0, VALUE)}…` : value)));
}
