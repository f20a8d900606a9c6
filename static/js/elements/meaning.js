// @ts-check
/**
 * What a header's value says, drawn: all decoded headers have one shape.
 */
import { h } from "../dom.js";
import { visible } from "../format.js";

/** @param {Meaning} meaning */
export function meaningView({ sections, notes }) {
  return h("div.meaning", ...sections.map(table), ...notes.map((note) => h("p.note", visible(note))));
}

/** @param {Meaning["sections"][number]} section */
function table({ title, rows }) {
  return h("table", h("caption", visible(title)),
    h("tbody", ...rows.map(([name, value, note]) => h("tr", {},
      h("th", { scope: "row" }, visible(name)), h("td", h("bdi", visible(value)), note && h("small", visible(note)))))));
}

/** @param {Meaning} meaning @param {boolean} isOpen one line that unfolds; only the line when there is no more to say */
export function meaningLine(meaning, isOpen = false) {
  if (!meaning.sections.length && !meaning.notes.length) return h("p.says", visible(meaning.summary));
  return h("details.says", { open: isOpen }, h("summary", visible(meaning.summary)), meaningView(meaning));
}
