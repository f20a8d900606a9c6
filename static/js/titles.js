// @ts-check
/**
 * What an exchange is called, wherever it is named: in the list, in headings, tabs, notifications. Pure.
 */
import { bytesText, visible } from "./format.js";

/** @typedef {Pick<Summary, "method" | "type">} Called */

/** @param {Called} exchange @returns its method; "WS" for a WebSocket, "–" where a request had none that could be read */
export function methodOf({ method, type }) {
  return method || (type === "websocket" ? "WS" : "–");
}

/** @typedef {Pick<Summary, "path" | "state"> & {query_string?: Bytes, reason?: string | null}} Aimed */

/** @param {Aimed} exchange @returns path and query, or why there is none */
export function targetOf({ path, query_string, state, reason }) {
  if (state === "refused" && !path) return reason || "a request that could not be read";
  return query_string ? `${path}?${bytesText(query_string)}` : path;
}

/** @param {Called & Aimed} exchange @returns one line for people */
export function titleOf(exchange) {
  return visible(`${methodOf(exchange)} ${targetOf(exchange)}`);
}
