// @ts-check
/**
 * One row of the list: made once, painted for whichever exchange is at its place. Only text that changed is
 * written. Not an element of its own: forty of them are repainted in a frame.
 */
import { columnOf, isRead, previewOf } from "../columns.js";
import { h, setText } from "../dom.js";
import { age, bytes, bytesText, clock, count, hostOf, milliseconds, splitTail, statusClass, visible } from "../format.js";
import { methodOf, targetOf } from "../titles.js";
import { gapText, httpVersion } from "../words.js";

/**
 * What a row needs beside its exchange. `range`: of the rows in sight, in ms.
 * @typedef {{addressOf: (id: string) => string, marks: RowMarks, fold: {size: number, isOpen: boolean} | null, range: [number, number], isNarrow: boolean}} Context
 */

/** The cells of a row by the name of their column. @type {WeakMap<Element, Map<string, HTMLElement>>} */
const cellsOf = new WeakMap();

/** @param {string[]} columns */
export function createRow(columns) {
  const cells = new Map(columns.map((name) => [name, h(`span.${isRead(name) ? "read" : name}`, { role: "gridcell" })]));
  cells.get("status")?.append(h("i.mark", { "aria-hidden": "true" }), h("span"));
  cells.get("path")?.append(
    h("button.fold", { type: "button", tabindex: "-1", hidden: true }),
    h("a", { tabindex: "-1", draggable: "false" }, h("span.head"), h("span.tail")),
    h("span.aside"));
  cells.get("kind")?.append(h("span.badge"), h("span.badge"));
  cells.get("waterfall")?.append(h("i.span", { "aria-hidden": "true" }));
  const row = h("div.row", { role: "row" }, ...cells.values());
  cellsOf.set(row, cells);
  return row;
}

/** For exchanges that are not shown. @param {string[]} columns */
export function createGapRow(columns) {
  return h("div.row.gap", { role: "row" }, h("span", { role: "gridcell", "aria-colspan": String(columns.length) }));
}

/** @param {HTMLElement} element @param {GapRow} row */
export function paintGapRow(element, row) {
  element.dataset.reason = row.reason;
  setText(element.children[0], gapText(row, row.at === undefined ? "" : clock(new Date(row.at).toISOString()).slice(0, 8), count(row.missed)));
}

/** @param {HTMLElement} element @param {Summary} summary @param {Context} context */
export function paintRow(element, summary, context) {
  element.dataset.status = statusClass(summary.status);
  element.dataset.state = summary.state;
  element.toggleAttribute("data-gone", context.marks.isGone);
  const cells = /** @type {Map<string, HTMLElement>} */ (cellsOf.get(element));
  for (const [name, cell] of cells) {
    if (name in PAINT) PAINT[name](cell, summary, context);
    else setText(cell, name in TEXT ? TEXT[name](summary) : visible(String(columnOf(name).value(summary))));
  }
  paintMarks(element, cells, summary, context.marks);
}

/** @param {HTMLElement} element @param {Summary} summary @param {number} now in milliseconds */
export function paintAge(element, summary, now) {
  const cell = cellsOf.get(element)?.get("age");
  if (cell) setText(cell, age((now - Date.parse(summary.started_at)) / 1000));
}

/** Columns that are a text. @type {Record<string, (summary: Summary) => string>} */
const TEXT = {
  method: methodOf,
  received: ({ received_bytes }) => sizeOf(received_bytes),
  sent: ({ sent_bytes }) => sizeOf(sent_bytes),
  duration: ({ state, duration_ms }) => (state === "open" ? "…" : milliseconds(duration_ms)),
  client: ({ client }) => hostOf(client),
  agent: ({ user_agent }) => visible(bytesText(user_agent ?? "")),
  content: ({ content_type }) => visible(bytesText(content_type ?? "")),
  preview: (summary) => visible(previewOf(summary)),
};

/** Columns that are more. @type {Record<string, (cell: HTMLElement, summary: Summary, context: Context) => void>} */
const PAINT = {
  status: (cell, summary) => setText(cell.children[1], statusWord(summary)),
  path: paintPath,
  kind: (cell, summary) => {
    setText(cell.children[0], typeOf(summary));
    setText(cell.children[1], outcomeOf(summary));
  },
  started: (cell, { started_at }, { isNarrow }) => {
    setText(cell, clock(started_at).slice(0, isNarrow ? 8 : 12));
    if (cell.title !== started_at) cell.title = started_at;
  },
  age: (cell, { started_at }) => {
    if (cell.title !== started_at) cell.title = started_at;
  },
  waterfall: (cell, { started_at, duration_ms }, { range: [from, to] }) => {
    const scale = 100 / Math.max(1, to - from);
    cell.style.setProperty("--from", ((Date.parse(started_at) - from) * scale).toFixed(1));
    cell.style.setProperty("--size", (duration_ms * scale).toFixed(1));
  },
};

/** @param {HTMLElement} cell @param {Summary} summary @param {Context} context */
function paintPath(cell, summary, { addressOf, fold, isNarrow }) {
  const [button, link] = /** @type {[HTMLButtonElement, HTMLAnchorElement]} */ (/** @type {unknown} */ (cell.children));
  button.hidden = fold === null;
  if (fold) {
    setText(button, `${fold.isOpen ? "▾" : "▸"} ${count(fold.size)}×`);
    button.ariaExpanded = String(fold.isOpen);
  }
  const target = targetOf(summary);
  const address = addressOf(summary.id);
  if (link.getAttribute("href") !== address) link.setAttribute("href", address);
  if (link.title === target) return;
  const [head, tail] = summary.path ? splitTail(visible(target), isNarrow ? 8 : 14) : [target, ""];
  setText(link.children[0], head);
  setText(link.children[1], tail);
  link.title = target;
}

/** What has no column of its own stands beside the path. @param {HTMLElement} element @param {Map<string, HTMLElement>} cells @param {Summary} summary @param {RowMarks} marks */
function paintMarks(element, cells, summary, { isPinned, isMarked, isGone, isLeft, sent, note }) {
  element.toggleAttribute("data-pinned", isPinned);
  element.toggleAttribute("data-marked", isMarked);
  const kind = cells.has("kind") ? [] : [summary.type === "http" && typeOf(summary), outcomeOf(summary)];
  const words = [...kind, isGone && !isLeft && "only this line is left", sent, isPinned && "pinned", isMarked && "to compare", note && visible(note)].filter(Boolean).join(" · ");
  const aside = cells.get("path")?.children[2];
  if (aside) setText(aside, words);
}

/** @param {Summary} summary */
function statusWord({ status, state }) {
  if (status !== null) return String(status);
  return state === "open" ? "···" : "–";
}

/** @param {Summary} summary @returns what is not ordinary HTTP/1.1 */
function typeOf({ type, http_version, is_event_stream }) {
  if (type === "websocket") return "WebSocket";
  const version = http_version === "1.1" || !http_version ? [] : [httpVersion(http_version)];
  return [...version, ...(is_event_stream ? ["SSE"] : [])].join(" ");
}

/** @param {Summary} summary @returns what did not come to its ordinary end, or not yet */
function outcomeOf({ state }) {
  if (state === "done") return "";
  return state === "disconnected" ? "left" : state;
}

/** @param {number} size */
function sizeOf(size) {
  return size === 0 ? "–" : bytes(size);
}
