// @ts-check
/**
 * What codes and keys mean, in plain words. Only facts of the protocols; nothing here knows a page.
 * Sources: RFC 9110 and the IANA status registry, RFC 6455 section 7.4 and the IANA close code registry,
 * the ASGI HTTP and WebSocket specification 2.5.
 */

/** @type {Record<number, string>} */
const STATUS = {
  100: "Continue", 101: "Switching Protocols", 102: "Processing", 103: "Early Hints",
  200: "OK", 201: "Created", 202: "Accepted", 203: "Non-Authoritative Information", 204: "No Content",
  205: "Reset Content", 206: "Partial Content", 207: "Multi-Status", 208: "Already Reported", 226: "IM Used",
  300: "Multiple Choices", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
  305: "Use Proxy", 307: "Temporary Redirect", 308: "Permanent Redirect",
  400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
  405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
  409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
  414: "URI Too Long", 415: "Unsupported Media Type", 416: "Range Not Satisfiable", 417: "Expectation Failed",
  418: "I'm a teapot", 421: "Misdirected Request", 422: "Unprocessable Content", 423: "Locked",
  424: "Failed Dependency", 425: "Too Early", 426: "Upgrade Required", 428: "Precondition Required",
  429: "Too Many Requests", 431: "Request Header Fields Too Large", 451: "Unavailable For Legal Reasons",
  500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
  504: "Gateway Timeout", 505: "HTTP Version Not Supported", 506: "Variant Also Negotiates",
  507: "Insufficient Storage", 508: "Loop Detected", 510: "Not Extended", 511: "Network Authentication Required",
};

/** @param {number} status @returns {string} "404 Not Found"; the bare number when it has no name */
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

/** @param {number} code @returns {string} "1001, going away: …" */
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

/** What each key of a connection scope holds. @type {Record<string, string>} */
export const SCOPE_KEY = {
  type: "What kind of connection this is: http, websocket or lifespan.",
  asgi: "The version of ASGI that the server speaks, and of the specification for this kind of connection.",
  http_version: "The HTTP version that the server saw. Behind a proxy it is the proxy's, not the browser's.",
  method: "The request method, in upper case. A WebSocket has none.",
  scheme: "The scheme of the URL: http or https, ws or wss. Behind a proxy it is right only if the server trusts the proxy's headers.",
  path: "The path of the URL with percent-escapes decoded as UTF-8. The application routes by it.",
  raw_path: "The path as it stood on the wire, still escaped, without the query. Optional in the specification.",
  query_string: "What came after the question mark, still escaped.",
  root_path: "The prefix under which the application is mounted, like SCRIPT_NAME in WSGI.",
  headers: "Pairs of name and value, in the order in which they arrived, repetitions kept. Servers lower-case the names.",
  client: "Address and port of the other end of the connection. Behind a proxy that is the proxy, unless the server was told to trust it.",
  server: "Address and port on which the server listens, or the path of a Unix socket.",
  subprotocols: "The WebSocket subprotocols that the client offers, in its order of preference.",
  extensions: "What the server can do beyond the core of ASGI, such as HTTP trailers or early hints.",
};
