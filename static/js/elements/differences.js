// @ts-check
/**
 * Tables of what differs between A and B.
 */
import { h } from "../dom.js";
import { count, countOf, visible } from "../format.js";
import { section } from "./facts.js";

const KINDS = {
  same: "same", changed: "changed", written: "only the writing differs", moved: "moved", removed: "only in A", added: "only in B",
  own: "each time",
};
const AROUND = 60; // characters shown before and behind what differs in a long value
const VALUE = 2000; // characters of a value shown
const ROWS = 500; // of a table

/** @param {Difference} row */
const isDifference = ({ kind }) => kind !== "same" && kind !== "own";

/** @param {string} title @param {Difference[]} rows @param {string} remark what the rows do not say */
export function part(title, rows, remark = "") {
  const differing = rows.filter(isDifference);
  const isWriting = differing.length > 0 && differing.every(({ kind }) => kind === "written");
  const verdict = !rows.length ? "none in both" : isWriting ? "only the writing differs" : differing.length ? countOf(differing.length, "difference") : "the same";
  return section(title, h("span.note", { "data-differs": differing.length > 0 }, [verdict, remark].filter(Boolean).join(" · ")),
    rows.length > 0 && table(title, rows));
}

/** @param {string} title @param {Difference[]} rows */
export function table(title, rows) {
  const titles = ["Difference", "Name", "A", "B"].map((name) => h("th", { scope: "col" }, name));
  const first = [...rows.filter(isDifference), ...rows.filter((row) => !isDifference(row))].slice(0, ROWS);
  const listed = rows.length > ROWS ? rows.filter((row) => first.includes(row)) : rows;
  return h("div", h("table.pairs", h("caption.unseen", title), h("thead.unseen", h("tr", ...titles)), h("tbody", ...listed.map(line))),
    rows.length > ROWS && h("p.note", `${count(rows.length - ROWS)} more lines are compared, but not listed.`));
}

/** @param {Difference} row */
function line({ kind, name, a, b }) {
  const isChange = kind === "changed" || kind === "written";
  return h("tr", { "data-kind": kind }, h("td.kind", KINDS[kind]), h("th", { scope: "row" }, visible(name)),
    cell("A", a, isChange ? b : null), cell("B", b, isChange ? a : null));
}

/** What differs inside a value is marked. @param {string} side @param {string | null} value @param {string | null} other */
function cell(side, value, other) {
  if (value === null) return h("td", { "data-side": side }, h("span.note", "–"));
  const [from, to] = other === null ? [value.length, value.length] : inside(value, other);
  const start = from > 2 * AROUND && value.length > 4 * AROUND && other !== null ? from - AROUND : 0;
  const end = other !== null && value.length - to > 2 * AROUND && value.length > 4 * AROUND ? to + AROUND : value.length;
  const shown = Math.min(end, start + VALUE);
  const piece = (/** @type {number} */ first, /** @type {number} */ last) => visible(value.slice(Math.max(start, first), Math.min(shown, Math.max(start, last))));
  return h("td", { "data-side": side }, h("bdi", start > 0 && "…", piece(0, from), from < to && h("mark", piece(from, to)), piece(to, value.length), shown < value.length && "…"),
    shown - start < value.length && h("small.note", ` ${countOf(value.length, "character")}`));
}

/** @param {string} value @param {string} other @returns {[number, number]} where in the value the two differ: what both begin and end with left out */
function inside(value, other) {
  const most = Math.min(value.length, other.length);
  let head = 0;
  while (head < most && value[head] === other[head]) head += 1;
  let tail = 0;
  while (tail < most - head && value[value.length - 1 - tail] === other[other.length - 1 - tail]) tail += 1;
  const isAll = head + tail < most / 4 && most > 8;
  return isAll ? [0, value.length] : [head, value.length - tail];
}
