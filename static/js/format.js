// @ts-check
/**
 * Numbers, times and untrusted text as people read them. Pure: values in, strings out.
 * Units are decimal (1 kB = 1000 bytes), as in the server's pages.
 */

/** @param {number} value a whole one @returns with thousands separators; `Intl` would cost the first paint 20 ms */
export function count(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** @param {number} value @param {string} noun @returns "1 exchange", "2 exchanges" */
export function countOf(value, noun) {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** @param {number} size in bytes @returns "812 B", "1.2 kB" */
export function bytes(size) {
  if (size < 1000) return `${size} B`;
  let value = size;
  let unit = -1;
  do {
    value /= 1000;
    unit += 1;
  } while (value >= 999.5 && unit < 3);
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${["kB", "MB", "GB", "TB"][unit]}`;
}

/** @param {number} value in milliseconds @returns "41 µs", "0.41 ms", "12 ms", "1.2 s", "2 min 5 s" */
export function milliseconds(value) {
  if (value < 0.0995) return `${Math.round(value * 1000)} µs`;
  if (value < 9.995) return `${value.toFixed(2)} ms`;
  if (value < 99.95) return `${value.toFixed(1)} ms`;
  if (value < 999.5) return `${Math.round(value)} ms`;
  if (value < 59_995) return `${(value / 1000).toFixed(value < 9995 ? 2 : 1)} s`;
  return minutes(Math.round(value / 1000));
}

/** @param {number} seconds */
function minutes(seconds) {
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** @param {number} seconds since something happened @returns one short figure */
export function age(seconds) {
  if (seconds < 1) return "now";
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** @param {string} instant RFC 3339 @returns the reader's wall clock, to the millisecond */
export function clock(instant) {
  const date = new Date(instant);
  return `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** @param {string | null} client `host:port`, `[::1]:port` @returns the host; "–" behind a Unix socket */
export function hostOf(client) {
  return client === null ? "–" : client.replace(/^\[(.*)\](:\d+)?$/, "$1").replace(/^([^:]*):\d+$/, "$1");
}

/** @param {string} type `application/vnd.x+json; charset=utf-8` @returns a short name: "json" */
export function mediaName(type) {
  const [main, sub = ""] = type.split(";")[0].trim().toLowerCase().split("/");
  const short = { "x-www-form-urlencoded": "form", "form-data": "multipart", "octet-stream": "binary", plain: "text" }[sub];
  return short ?? (sub.split("+").at(-1) || main);
}

/** @param {string} agent a User-Agent @returns the program that it names: "curl/8.5", "Chrome/120" */
export function productOf(agent) {
  const browser = /\b(Firefox|Edg|OPR|Chrome|Version)\/(\d+)/.exec(/^Mozilla\//.test(agent) ? agent.replace(/.*\b(?=(Edg|OPR)\/)/, "") : "");
  if (browser) return `${{ Edg: "Edge", OPR: "Opera", Version: "Safari" }[browser[1]] ?? browser[1]} ${browser[2]}`;
  return agent.split(" ")[0].slice(0, 40);
}

/**
 * The end of a long text that must stay readable when its middle is cut.
 * @param {string} text
 * @param {number} tail how many characters to keep at the end
 * @returns {[string, string]} what may be cut, what may not
 */
export function splitTail(text, tail = 14) {
  if (text.length <= tail * 2) return [text, ""];
  const at = text.length - tail;
  const low = text.charCodeAt(at);
  const cut = low >= 0xdc00 && low <= 0xdfff ? at + 1 : at; // never inside a surrogate pair
  return [text.slice(0, cut), text.slice(cut)];
}

// Control characters, and those that reorder or hide text: a path with U+202E must not read backwards.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu;

/** @param {string} text untrusted @returns one line, with what cannot be seen written out */
export function visible(text) {
  return text.replace(UNSEEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const short = { 9: "\\t", 10: "\\n", 13: "\\r" }[code];
    return short ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`);
  });
}

/** @param {Bytes} value @returns what to print for it */
export function bytesText(value) {
  return typeof value === "string" ? value : `base64:${value.base64}`;
}

/**
 * @param {number | null} status
 * @returns the class that marks and colours hang on
 */
export function statusClass(status) {
  if (status === null) return "none";
  return ["informational", "success", "redirection", "client-error", "server-error"][Math.floor(status / 100) - 1] ?? "none";
}
