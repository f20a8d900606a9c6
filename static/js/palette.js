// @ts-check
/**
 * Which commands a few typed letters mean: each word of them has to be a piece of the command's text. Pure.
 */
import { titleOf } from "./titles.js";

const START = 3; // of the text
const WORD = 2; // of a word in it
const INSIDE = 1; // anywhere
const EXCHANGES = 200; // of the newest, that can be found by name

/**
 * What can be chosen beside the commands: tabs, copies, pages, looks, and the exchanges of the list.
 * @param {readonly Row[]} rows the oldest first @param {boolean} isReading whether an exchange is read @param {string[]} addresses that requests are sent to
 * @param {boolean} [hasEndpoints] whether the endpoints are served here
 * @returns {Command[]}
 */
export function moreChoices(rows, isReading, addresses = [], hasEndpoints = true) {
  const tabs = { overview: "Overview", scope: "Scope", headers: "Headers", body: "Body", events: "Events, messages", response: "Response: answer", code: "Code", ways: "Ways: environ, CGI, raw", wire: "Wire, connection, TLS", proxies: "Proxies: hops, what is believed" };
  const copies = { httpie: "HTTPie", httpx: "Python, httpx", requests: "Python, requests", fetch: "JavaScript, fetch", go: "Go", raw: "raw HTTP/1.1" };
  const endpoints = { "/-/bins": "Bins: addresses with a list and an answer of their own", "/-/endpoints": "Endpoints: answers to test a client with", "/-/openapi.json": "OpenAPI document of the endpoints" };
  const pages = { "/-/systems": "Servers: the same request on each of them", "/-/api/openapi.json": "OpenAPI document of the JSON API" };
  const entries = (/** @type {Record<string, string>} */ table, /** @type {string} */ verb, /** @type {string} */ text) =>
    Object.entries(table).map(([name, title]) => ({ action: `${verb} ${name}`, text: `${text}${title}`, keys: [] }));
  return [
    ...(isReading ? [...entries(tabs, "tab", "Tab: "), ...entries(copies, "copy", "Copy as "), ...addresses.map((to) => ({ action: `send ${to}`, text: `Send to ${to}`, keys: [] }))] : []),
    ...entries({ system: "as the system", light: "light", dark: "dark" }, "theme", "Theme: "),
    ...entries({ dense: "dense", usual: "usual", roomy: "roomy" }, "density", "Density: "),
    ...entries(hasEndpoints ? { ...endpoints, ...pages } : pages, "visit", "Page: "),
    ...rows.slice(-EXCHANGES).toReversed().flatMap((row) => (row.kind === "gap" ? [] : [{ action: `go ${row.key}`, text: `Exchange: ${titleOf(row.summary)} ${row.summary.status ?? ""}`, keys: [] }])),
  ];
}

/**
 * @template {{text: string}} T
 * @param {T[]} choices
 * @param {string} typed
 * @returns {T[]} those that fit, the best first, equal ones in their order
 */
export function matching(choices, typed) {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return choices
    .map((choice) => ({ choice, score: scoreOf(choice.text.toLowerCase(), words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ choice }) => choice);
}

/** @param {string} text @param {string[]} words @returns 0 when one of them is missing */
function scoreOf(text, words) {
  const scores = words.map((word) => wordScore(text, word));
  return scores.includes(0) ? 0 : 1 + scores.reduce((sum, score) => sum + score, 0);
}

/** @param {string} text @param {string} word @returns {number} */
function wordScore(text, word) {
  if (text.startsWith(word)) return START;
  if (text.includes(` ${word}`)) return WORD;
  return text.includes(word) ? INSIDE : 0;
}
