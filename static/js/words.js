// @ts-check
/**
 * What codes and keys mean, in plain words: those of the server (`glossary.py`), which the page brings along.
 */

/** @type {Words} */
let words = { status: {}, close: {}, scope: {} };

/** @param {Words} given before anything is shown */
export function learnWords(given) {
  words = given;
}

/** @param {number | null} [status] @returns "404 Not Found"; the bare number when it has no name */
export function statusText(status) {
  if (status == null) return "no status";
  return words.status[status] ? `${status} ${words.status[status]}` : String(status);
}

/** @param {string | null} version @returns "HTTP/2"; "HTTP" when the server does not tell */
export function httpVersion(version) {
  return version ? `HTTP/${version}` : "HTTP";
}

/** @param {number} code of a WebSocket's end @returns "1001, going away: …" */
export function closeText(code) {
  if (words.close[code]) return `${code}, ${words.close[code]}`;
  if (code >= 3000 && code < 4000) return `${code}, a registered code of a library or framework`;
  if (code >= 4000 && code < 5000) return `${code}, a private code of the application`;
  return `${code}, not a valid close code`;
}

/** @param {string} key of a connection scope @returns {string | undefined} what it holds */
export function scopeHelp(key) {
  return words.scope[key];
}

/** Why the list has a hole, by the feed's reason. @type {Record<string, string>} */
const GAP_REASON = {
  slow: "this page could not keep up",
  trimmed: "the store had already dropped them to make room",
  unannounced: "the feed skipped them without a word",
};

/** @param {{reason: string}} gap @param {string} at by the clock @param {string} missed how many @returns what a line between rows says */
export function gapText({ reason }, at, missed) {
  if (reason === "restart") return `The server was restarted: seen at ${at}. Of what came before, only these lines are left`;
  return `${missed} not shown: ${GAP_REASON[reason] ?? reason}`;
}

export const SPEC = "https://asgi.readthedocs.io/en/latest/specs/www.html";
