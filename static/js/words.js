// @ts-check
/**
 * What codes and keys mean, in plain words. Only facts of the protocols; nothing here knows a page.
 * Sources: RFC 9110 and the IANA status registry, RFC 6455 section 7.4 and the IANA close code registry,
 * the ASGI HTTP and WebSocket specification 2.5.
 */

/** @type {Record<number, string>} */
const STATUS = {
  100: "Continue", 101: "Switching Protocols", 103: "Early Hints",
  200: "OK", 201: "Created", 202: "Accepted", 203: "Non-Authoritative Information", 204: "No Content",
  205: "Reset Content", 206: "Partial Content", 207: "Multi-Status",
  300: "Multiple Choices", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
  307: "Temporary Redirect", 308: "Permanent Redirect",
  400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
  405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
  409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
  414: "URI Too Long", 415: "Unsupported Media Type", 416: "Range Not Satisfiable", 417: "Expectation Failed",
  418: "I'm a teapot", 421: "Misdirected Request", 422: "Unprocessable Content", 425: "Too Early",
  426: "Upgrade Required", 428: "Precondition Required", 429: "Too Many Requests",
  431: "Request Header Fields Too Large", 451: "Unavailable For Legal Reasons",
  500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
  504: "Gateway Timeout", 505: "HTTP Version Not Supported", 511: "Network Authentication Required",
};

/** @param {number} status @returns "404 Not Found"; the bare number when it has no name */
export function statusText(status) {
  return STATUS[status] ? `${status} ${STATUS[status]}` : String(status);
}

/** @type {Record<number, string>} */
const CLOSE = {
  1000: "normal closure",
  1001: "going away: the page was left or the server stops",
  1002: "protocol error",
  1003: "unsupported data",
  1005: "closed without a code",
  1006: "connection lost without a closing handshake",
  1007: "invalid data: text that is not UTF-8",
  1008: "policy violation",
  1009: "message too big",
  1010: "an extension that the client needs is missing",
  1011: "internal error of the server",
  1012: "service restart",
  1013: "try again later",
  1014: "bad gateway",
  1015: "TLS handshake failed",
};

/** @param {number} code @returns "1001, going away: …" */
export function closeText(code) {
  if (CLOSE[code]) return `${code}, ${CLOSE[code]}`;
  if (code >= 3000 && code < 4000) return `${code}, a registered code of a library or framework`;
  if (code >= 4000 && code < 5000) return `${code}, a private code of the application`;
  return `${code}, not a valid close code`;
}

/** Why the list has a hole, by the feed's reason. @type {Record<string, string>} */
export const GAP_REASON = {
  slow: "this page could not keep up",
  trimmed: "the store had already dropped them to make room",
  unannounced: "the feed skipped them without a word",
};

export const SPEC = "https://asgi.readthedocs.io/en/latest/specs/www.html";

/** What each key of a connection scope holds; the same words as in the server's `glossary.py`. @type {Record<string, string>} */
export const SCOPE_KEY = {
  type: "What kind of connection this is: http for one request, websocket for one session.",
  asgi: "The version of ASGI that the server speaks, and of the HTTP and WebSocket part of the "
    + "specification.",
  http_version: "The version of HTTP between the client and this server: 1.0, 1.1, 2 or 3; not a proxy's.",
  method: "The request method, in capitals.",
  scheme: "http or https (ws or wss), as this server sees it: behind a proxy that ends TLS it says http.",
  path: "The path of the URL with its percent escapes decoded.",
  raw_path: "The path as its bytes came, escapes and all, without the query.",
  query_string: "Everything behind the question mark, as it came.",
  root_path: "The prefix under which this application is mounted; empty when it is not.",
  headers: "Names and values in the order in which they came, repeats kept. Names are in lower case: that "
    + "is how a server hands them over, so the case in which they were sent cannot be seen here.",
  client: "Address and port of whoever connected: the client, or the last proxy before this server.",
  server: "Address and port on which this server took the connection.",
  subprotocols: "What the client offers to speak over the WebSocket, the preferred one first.",
  extensions: "What this server can do beyond the core of ASGI.",
};
