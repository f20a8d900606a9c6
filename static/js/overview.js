// @ts-check
/**
 * What a request and its answer are at a glance: which headers matter, how a session ended. Pure.
 */
import { bytesText } from "./format.js";

const MOST = 8; // headers of a side

/** Headers that people look for first, in this order; then those that look like an event's, a signature's, an id's. */
const TELLING = {
  request: ["host", "content-type", "authorization", "cookie", "user-agent", "origin", "referer", "x-forwarded-for", "forwarded", "if-none-match", "range", "content-encoding"],
  response: ["content-type", "location", "set-cookie", "www-authenticate", "retry-after", "cache-control", "etag", "content-encoding", "content-length"],
};
const ALSO = /event|signature|delivery|request-id|idempotency|topic|api-?key|token|^x-(?!forwarded|real)/;
const COMMON = new Set(["accept", "accept-encoding", "accept-language", "connection", "content-length", "date", "server", "vary", "x-echoscope-id"]);

/** @param {Header[]} headers @param {"request" | "response"} of @returns {{shown: Header[], left: number}} in their order */
export function tellingHeaders(headers, of) {
  const names = headers.map(([name]) => bytesText(name).toLowerCase());
  const rank = (/** @type {string} */ name) => {
    const at = TELLING[of].indexOf(name);
    if (at >= 0) return at;
    return !COMMON.has(name) && ALSO.test(name) ? 3.5 : Infinity;
  };
  const chosen = new Set(names.map((name, index) => ({ index, rank: rank(name) })).filter((one) => one.rank < Infinity)
    .sort((a, b) => a.rank - b.rank).slice(0, MOST).map(({ index }) => index));
  return { shown: headers.filter((_, index) => chosen.has(index)), left: headers.length - chosen.size };
}

/**
 * How a WebSocket ended: who closed it, with what.
 * @param {AsgiEvent[]} events
 * @returns {{by: "application" | "client", code: number, reason: string} | null} null while it is open
 */
export function closeOf(events) {
  const own = events.find(({ type }) => type === "websocket.close");
  const end = events.find(({ type }) => type === "websocket.disconnect");
  const event = own ?? end;
  if (!event) return null;
  return { by: own ? "application" : "client", code: event.message.code ?? (own ? 1000 : 1005), reason: event.message.reason ?? "" };
}

/** @param {AsgiEvent[]} events @returns {string | null} the subprotocol that was chosen */
export function subprotocolOf(events) {
  return events.find(({ type }) => type === "websocket.accept")?.message.subprotocol ?? null;
}

/** @param {ExchangeDocument} exchange @returns the address that was asked for, as far as it is known */
export function addressOf({ scope, path, query_string }) {
  const host = scope.headers.find(([name]) => bytesText(name).toLowerCase() === "host")?.[1];
  const raw = scope.raw_path ? bytesText(scope.raw_path) : path;
  const query = bytesText(query_string);
  const authority = host ? bytesText(host) : (scope.server ?? []).filter((/** @type {unknown} */ part) => part !== null).join(":");
  return `${scope.scheme ?? "http"}://${authority}${raw}` + (query && `?${query}`);
}
