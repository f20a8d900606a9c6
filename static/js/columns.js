// @ts-check
/**
 * The columns of the list: what there is, which of them fit, and how the list is sorted by one. Pure.
 */
import { bytesText, hostOf, mediaName, productOf } from "./format.js";
import { methodOf } from "./titles.js";

const PATH = 160; // CSS pixels: below that paths cannot be told apart
const GAP = 8;
const PADDING = 24;

/**
 * `width` in CSS pixels; `grows` takes its share of what is left; `value` is what it sorts by.
 * @typedef {{name: string, title: string, help: string, width: number, grows?: number, value: (summary: Summary) => string | number}} Column
 */

/** Columns that the server reads out of what it keeps, named as in a search. */
const READ = /^(header|response\.header|json|query|cookie)\.\S{1,100}$/;

/** @type {Column[]} */
export const COLUMNS = [
  { name: "status", title: "Status", help: "of the response", width: 62, value: ({ status }) => status ?? 0 },
  { name: "method", title: "Method", help: "WS for a WebSocket", width: 70, value: methodOf },
  { name: "path", title: "Path", help: "and query", width: PATH, grows: 3, value: ({ path }) => path },
  { name: "kind", title: "Kind", help: "what is no plain HTTP/1.1, and what did not end as usual", width: 104, value: ({ type, state }) => `${type} ${state}` },
  { name: "preview", title: "About", help: "what happened, as its sender or its body says it; else type of the body and program of the client", width: 150, grows: 1, value: previewOf },
  { name: "received", title: "In", help: "bytes received", width: 64, value: ({ received_bytes }) => received_bytes },
  { name: "sent", title: "Out", help: "bytes sent", width: 64, value: ({ sent_bytes }) => sent_bytes },
  { name: "duration", title: "Time", help: "from the request's arrival to the end of the response, here at the server", width: 74, value: ({ duration_ms }) => duration_ms },
  { name: "started", title: "Clock", help: "when it came, by your clock", width: 106, value: ({ started_at }) => started_at },
  { name: "age", title: "Age", help: "how long ago it came", width: 50, value: ({ started_at }) => started_at },
  { name: "client", title: "Client", help: "address, without its port", width: 120, value: ({ client }) => hostOf(client) },
  { name: "agent", title: "User agent", help: "as it was sent", width: 180, grows: 1, value: ({ user_agent }) => bytesText(user_agent ?? "") },
  { name: "content", title: "Content type", help: "of the request", width: 150, value: ({ content_type }) => bytesText(content_type ?? "") },
  { name: "waterfall", title: "Waterfall", help: "when, and how long, among the rows in sight", width: 130, grows: 1, value: ({ started_at }) => started_at },
];

/** What is shown until somebody chooses. */
export const USUAL = ["status", "method", "path", "kind", "preview", "received", "sent", "duration", "started", "client", "waterfall"];

/** What a row of two lines has, on a phone. */
export const NARROW = ["status", "method", "path", "started", "kind", "preview", "received", "duration"];

/** Who stays when there is no room for all: the first; what somebody added comes behind the first three. */
const ORDER = ["status", "path", "method", "duration", "started", "received", "kind", "sent", "client", "preview", "waterfall"];

/** How wide the path has to stay for a column that one can do without. @type {Record<string, number>} */
const ROOM = { received: 190, kind: 200, sent: 240, client: 300, preview: 320, waterfall: 320 };

/** Those that were made when they were asked for. @type {Map<string, Column>} */
const added = new Map();

/** @param {string} name @returns {Column} */
export function columnOf(name) {
  const column = COLUMNS.find((one) => one.name === name) ?? added.get(name);
  if (column || !isRead(name)) return /** @type {Column} */ (column);
  const help = { h: "header of the request", r: "header of the response", j: "member of the JSON that was sent", q: "parameter of the query", c: "cookie" }[name[0]] ?? "";
  added.set(name, { name, title: name.replace(/^(response\.header|[a-z]+)\./, ""), help, width: 120, grows: 1, value: ({ id }) => valueOf(id, name) ?? "" });
  return columnOf(name);
}

/** @param {string} name @returns whether the server has to be asked for its values */
export function isRead(name) {
  return READ.test(name);
}

/** Where the values of such columns come from. @type {(id: string, name: string) => string | undefined} */
let valueOf = () => undefined;

/** @param {typeof valueOf} given */
export function learnValues(given) {
  valueOf = given;
}

/** @param {string[]} names as they were kept @returns those that there are, each once, the path among them */
export function known(names) {
  const found = [...new Set(names)].filter((name) => columnOf(name));
  return found.includes("path") ? found : [...found, "path"];
}

/** @param {string[]} chosen in their order @param {number} width of a row @returns {string[]} those that fit, in the same order */
export function fitting(chosen, width) {
  const added = chosen.filter((name) => !ORDER.includes(name));
  const fits = new Set();
  let left = width - PADDING - PATH;
  for (const name of [...ORDER.slice(0, 3), ...added, ...ORDER.slice(3)]) {
    if (!chosen.includes(name)) continue;
    const need = name === "path" ? 0 : columnOf(name).width + GAP;
    const spare = (ROOM[name] ?? PATH) - PATH;
    if (need + spare > left) continue;
    fits.add(name);
    left -= need;
  }
  return chosen.filter((name) => fits.has(name));
}

/** @param {string[]} names @returns the value of `grid-template-columns` */
export function template(names) {
  return names.map((name) => columnOf(name)).map(({ width, grows }) => (grows ? `minmax(${width}px, ${grows}fr)` : `${width}px`)).join(" ");
}

/** @param {string} name @param {boolean} isDescending @returns {(a: Summary, b: Summary) => number} */
export function comparing(name, isDescending) {
  const { value } = columnOf(name);
  const sign = isDescending ? -1 : 1;
  return (a, b) => {
    const [x, y] = [value(a), value(b)];
    return x === y ? b.seq - a.seq : sign * (x < y ? -1 : 1);
  };
}

/** @param {Summary} summary @returns the server's word, or what the line itself tells of the body and the client */
export function previewOf({ id, content_type, user_agent }) {
  return valueOf(id, "preview") || [mediaName(bytesText(content_type ?? "")), productOf(bytesText(user_agent ?? ""))].filter(Boolean).join(" · ");
}
