// @ts-check
/**
 * One row of the list: made once, painted for whichever exchange is at its place. Only text that changed is
 * written. Not an element of its own: forty of them are repainted in a frame.
 */
import { h, setText } from "../dom.js";
import { age, bytes, bytesText, count, milliseconds, splitTail, statusClass, visible } from "../format.js";
import { GAP_REASON, httpVersion } from "../words.js";

/** Class and title. */
export const COLUMNS = [
  ["status", "Status"], ["method", "Method"], ["path", "Path"], ["kind", "Kind"], ["received", "In"], ["sent", "Out"],
  ["duration", "Time"], ["age", "Age"], ["client", "Client"],
];

export function createRow() {
  const cells = COLUMNS.map(([name]) => h(`span.${name}`, { role: "gridcell" }));
  cells[0].append(h("i.mark", { "aria-hidden": "true" }), h("span"));
  cells[2].append(
    h("a", { tabindex: "-1", draggable: "false" }, h("span.head"), h("span.tail")),
    h("span.aside"));
  cells[3].append(h("span.badge"), h("span.badge"));
  return h("div.row", { role: "row" }, ...cells);
}

/** For exchanges that are not shown. */
export function createGapRow() {
  return h("div.row.gap", { role: "row" }, h("span", { role: "gridcell", "aria-colspan": String(COLUMNS.length) }));
}

/** @param {HTMLElement} element @param {GapRow} row */
export function paintGapRow(element, row) {
  setText(element.children[0], `${count(row.missed)} not shown: ${GAP_REASON[row.reason] ?? row.reason}`);
}

/** @param {HTMLElement} element @param {Summary} summary @param {(id: string) => string} addressOf @param {RowMarks} marks */
export function paintRow(element, summary, addressOf, marks) {
  const cells = /** @type {HTMLElement[]} */ ([...element.children]);
  element.dataset.status = statusClass(summary.status);
  element.dataset.state = summary.state;
  setText(cells[0].children[1], statusWord(summary));
  setText(cells[1], summary.method ?? "WS");
  paintPath(/** @type {HTMLAnchorElement} */ (cells[2].firstChild), summary, addressOf);
  paintMarks(element, cells[2].children[1], marks);
  setText(cells[3].children[0], typeOf(summary));
  setText(cells[3].children[1], outcomeOf(summary));
  setText(cells[4], sizeOf(summary.received_bytes));
  setText(cells[5], sizeOf(summary.sent_bytes));
  setText(cells[6], summary.state === "open" ? "…" : milliseconds(summary.duration_ms));
  setText(cells[8], summary.client ?? "–");
}

/** @param {HTMLElement} element @param {Summary} summary @param {number} now in milliseconds */
export function paintAge(element, summary, now) {
  const cell = /** @type {HTMLElement} */ (element.children[7]);
  setText(cell, age((now - Date.parse(summary.started_at)) / 1000));
  if (cell.title !== summary.started_at) cell.title = summary.started_at;
}

/** @param {HTMLAnchorElement} link @param {Summary} summary @param {(id: string) => string} addressOf */
function paintPath(link, summary, addressOf) {
  const target = targetOf(summary);
  const address = addressOf(summary.id);
  if (link.getAttribute("href") !== address) link.setAttribute("href", address);
  if (link.title === target) return;
  const [head, tail] = splitTail(visible(target));
  setText(link.children[0], head);
  setText(link.children[1], tail);
  link.title = target;
}

/** @param {HTMLElement} element @param {Element} aside @param {RowMarks} marks */
function paintMarks(element, aside, { isPinned, isMarked, note }) {
  element.toggleAttribute("data-pinned", isPinned);
  element.toggleAttribute("data-marked", isMarked);
  const words = [isPinned && "pinned", isMarked && "to compare", note && visible(note)].filter(Boolean).join(" · ");
  setText(aside, words);
}

/** @param {Summary} summary @returns path and query */
export function targetOf({ path, query_string }) {
  return query_string ? `${path}?${bytesText(query_string)}` : path;
}

/** @param {Summary} summary */
function statusWord({ status, state }) {
  if (status !== null) return String(status);
  return state === "open" ? "···" : "–";
}

/** @param {Summary} summary @returns what is not ordinary HTTP/1.1 */
function typeOf({ type, http_version, is_event_stream }) {
  if (type === "websocket") return "WebSocket";
  const version = http_version === "1.1" ? [] : [httpVersion(http_version)];
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
