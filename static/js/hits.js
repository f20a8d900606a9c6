// @ts-check
/**
 * Where a search has found what it looks for: the words to mark, and the tabs that hold them. Pure.
 */
import { keptBody } from "./content.js";
import { payloadOf } from "./events.js";
import { bytesText } from "./format.js";
import { wantedIn } from "./search.js";

/** Where a field looks. @type {Record<string, string[]>} */
const TABS = {
  "": ["overview", "headers", "body", "events", "response"],
  path: ["overview"],
  query: ["overview"],
  header: ["headers"],
  cookie: ["headers"],
  body: ["body", "events", "response"],
  "request.body": ["body", "events"],
  "response.body": ["response", "events"],
};

/** @typedef {{word: string, tabs: string[]}} Needle */

/** @param {import("./search.js").Part[]} parts of a search @returns {Needle[]} what is looked for as text, in lower case */
export function needlesOf(parts) {
  return wantedIn(parts).filter(({ field }) => field in TABS)
    .flatMap(({ field, value }) => value.replace(/^=/, "").split("*").filter(Boolean).map((word) => ({ word: word.toLowerCase(), tabs: TABS[field] })));
}

/**
 * @param {Needle[]} needles @param {ExchangeDocument} exchange
 * @param {(reading: "requestHeaders" | "responseHeaders" | "requestBody" | "responseBody") => any} held what was read out of it so far
 * @returns {Set<string>} the names of tabs
 */
export function tabsWith(needles, exchange, held) {
  if (!needles.length) return new Set();
  const texts = textsOf(exchange, held);
  return new Set(Object.entries(texts).filter(([tab, text]) => needles.some(({ word, tabs }) => tabs.includes(tab) && text.includes(word))).map(([tab]) => tab));
}

/** @param {ExchangeDocument} exchange @param {(reading: any) => any} held @returns {Record<string, string>} by tab, in lower case */
function textsOf({ path, query_string, scope, response, events, type }, held) {
  const lines = (/** @type {any} */ reading, /** @type {Header[]} */ pairs) =>
    (reading?.lines?.map((/** @type {HeaderLine} */ { name, value }) => [name, value]) ?? pairs).map((/** @type {Header} */ pair) => pair.map(bytesText).join(": ")).join("\n");
  const body = (/** @type {any} */ reading, /** @type {"receive" | "send"} */ channel) => reading?.text ?? new TextDecoder().decode(keptBody(events, channel));
  const texts = {
    overview: `${path}\n${bytesText(query_string)}\n${decoded(bytesText(query_string))}`,
    headers: lines(held("requestHeaders"), scope.headers),
    body: type === "http" ? body(held("requestBody"), "receive") : "",
    events: type === "websocket" ? events.map((event) => bytesText(payloadOf(event) ?? "")).join("\n") : "",
    response: response ? `${lines(held("responseHeaders"), response.headers)}\n${body(held("responseBody"), "send")}` : "",
  };
  return Object.fromEntries(Object.entries(texts).map(([tab, text]) => [tab, text.toLowerCase()]));
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return "";
  }
}

/**
 * @param {string} text @param {string[]} words in lower case
 * @returns {[number, number][]} where they stand in it
 */
export function placesOf(text, words) {
  const low = text.toLowerCase();
  if (low.length !== text.length) return []; // İ is two characters in lower case: places would be wrong
  /** @type {[number, number][]} */
  const places = [];
  for (const word of words) {
    for (let at = low.indexOf(word); at >= 0; at = low.indexOf(word, at + word.length)) places.push([at, at + word.length]);
  }
  return places;
}
