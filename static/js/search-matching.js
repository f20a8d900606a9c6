// @ts-check
/**
 * What a search says about a summary. What a summary does not hold (most headers, cookies, bodies) only the
 * server can decide. The mirror of `echoscope/search/matching.py`.
 */

import { ANYTHING } from "./search-conditions.js";

/** @typedef {import("./search.js").Search} Search */
/** @typedef {import("./search.js").Term} Term */
/** @typedef {import("./search.js").Part} Part */

/** Words, and fields that a summary does not hold or holds in part. */
export const BEYOND_SUMMARY = new Set([
  "", "header", "cookie", "body", "request.body", "response.body", "response.header", "json", "since", "route", "log", "error",
  "is", "note",
]);

/** What the server puts in the place of a secret in a query string. */
const MASKED = /redacted-[0-9a-f]{8}/;

/**
 * Whether the exchange is found; null when the summary cannot tell, and for a search with an error.
 * @param {Search} search @param {Summary} summary @returns {boolean | null}
 */
export function matchesSummary(search, summary) {
  return search.error === null ? verdictOf(search.terms, false, summary) : null;
}

/** Whether all the parts hold, or, with `isAny`, one of them. @param {Part[]} parts @param {boolean} isAny @param {Summary} summary @returns {boolean | null} */
function verdictOf(parts, isAny, summary) {
  let undecided = false;
  for (const part of parts) {
    const held = "parts" in part ? verdictOf(part.parts, part.isAny, summary) : holds(part, summary);
    if (held !== null && (held !== part.negated) === isAny) return isAny;
    undecided ||= held === null;
  }
  return undecided ? null : !isAny;
}

/** Whether a term without its `-` holds; null when the summary cannot tell. @param {Term} term @param {Summary} summary */
function holds(term, summary) {
  if (NOWHERE.has(term.field)) return null;
  if (valuesOf(term, summary).some(term.condition)) return true;
  switch (term.field) {
    case "query":
      return isMasked(term.name, summary) ? null : false;
    case "header":
      return headerOf(summary, term.name) === null ? false : null;
    case "body":
      return holdsInBody(term, summary.received_bytes + summary.sent_bytes);
    case "request.body":
      return holdsInBody(term, summary.received_bytes);
    case "response.body":
      return holdsInBody(term, summary.sent_bytes);
    default:
      return BEYOND_SUMMARY.has(term.field) ? null : false;
  }
}

/** Fields of which a summary holds nothing: what it calls by their name, if anything, is something else. */
const NOWHERE = new Set(["response.header", "json", "since", "route", "log", "error", "is", "note"]);

/** Whether a secret stands in the query string, or in this parameter of it. @param {string} name @param {Summary} summary */
function isMasked(name, summary) {
  const { query_string } = summary;
  if (typeof query_string !== "string" || !MASKED.test(query_string)) return false;
  return name === "" || allParametersOf(summary, name).some((value) => MASKED.test(value));
}

/** @param {Term} term @param {number} size */
function holdsInBody(term, size) {
  if (size === 0) return false;
  return term.condition === ANYTHING ? true : null;
}

/** What a field finds: what the summary calls by its name, where nothing else is said. @param {Term} term @param {Summary} summary */
function valuesOf({ field, name }, summary) {
  const value = /** @type {Record<string, any>} */ (summary)[field];
  return VALUES[field]?.(summary, name) ?? (value === undefined || value === null ? [] : [value]);
}

/** Where the other fields find their values. @type {Record<string, (summary: Summary, name: string) => (string | number)[]>} */
const VALUES = {
  "": (summary) => [
    summary.method ?? "",
    summary.path,
    ...queryOf(summary),
    ...given(summary.user_agent),
    ...given(summary.content_type),
  ],
  query: (summary, name) => (name ? parametersOf(summary, name) : queryOf(summary)),
  header: (summary, name) => given(headerOf(summary, name) ?? null),
  ip: ({ client }) => given(client).map(hostOf),
  type: ({ type, is_event_stream }) => (is_event_stream ? [type, "sse"] : [type]),
  size: ({ received_bytes }) => [received_bytes],
  duration: ({ duration_ms }) => [duration_ms],
  version: ({ http_version }) => given(http_version),
};

/** The header's value, null when the request has none, undefined when the summary does not say. @param {Summary} summary @param {string} name */
function headerOf(summary, name) {
  if (name === "user-agent") return summary.user_agent;
  return name === "content-type" ? summary.content_type : undefined;
}

/** The query string as it was sent, and decoded; nothing where it is masked in part. @param {Summary} summary */
function queryOf({ query_string }) {
  return given(query_string)
    .filter((query) => query !== "" && !MASKED.test(query))
    .flatMap((query) => [query, decodedForm(query)]);
}

/** Those that are not masked. @param {Summary} summary @param {string} name */
function parametersOf(summary, name) {
  return allParametersOf(summary, name).filter((value) => !MASKED.test(value));
}

/** @param {Summary} summary @param {string} name */
function allParametersOf({ query_string }, name) {
  // The leading "&" keeps URLSearchParams from taking a "?" off.
  const pairs = given(query_string).flatMap((query) => [...new URLSearchParams(`&${query}`)]);
  return pairs.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
}

/** `%C3%A9+x` as `é x`. @param {string} text */
function decodedForm(text) {
  return new URLSearchParams(`text=${text.replaceAll("&", "%26")}`).get("text") ?? "";
}

/** `127.0.0.1` of `127.0.0.1:8000`, `::1` of `[::1]:8000`. @param {string} client */
function hostOf(client) {
  return client.replace(/:[0-9]+$/, "").replace(/^\[(.*)\]$/, "$1");
}

/** A list of the value; without it when it is not there. @param {unknown} value @returns {string[]} */
function given(value) {
  return typeof value === "string" ? [value] : [];
}
