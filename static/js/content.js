// @ts-check
/**
 * A captured body, and in which ways it can be looked at. Pure: bytes and text in, lines and fields out.
 */
import { jsonError } from "./json-text.js";

/** @param {Bytes} content @returns {Uint8Array} */
export function bytesOf(content) {
  if (typeof content === "string") return new TextEncoder().encode(content);
  return Uint8Array.from(atob(content.base64), (character) => character.charCodeAt(0));
}

/**
 * @param {Body} body
 * @param {string} contentType as sent, may be empty
 * @returns {View[]} the most telling first; empty for an empty body
 */
export function viewsOf(body, contentType) {
  if (body.kept === 0) return [];
  const { content } = body;
  if (typeof content !== "string") return !body.truncated && imageType(bytesOf(content)) ? ["image", "hex"] : ["hex"];
  /** @type {View[]} */
  const views = ["text", "hex"];
  if (isForm(contentType)) views.unshift("form");
  if (looksLikeJson(content, contentType) && jsonError(content) === null) views.unshift("json");
  return views;
}

/** @param {string} contentType */
export function saysJson(contentType) {
  return /[/+]json\s*(;|$)/i.test(contentType);
}

/** @param {string} contentType */
function isForm(contentType) {
  return /^application\/x-www-form-urlencoded\b/i.test(contentType);
}

/** Clients forget the content type; a body that is an object or an array speaks for itself. */
function looksLikeJson(/** @type {string} */ text, /** @type {string} */ contentType) {
  return saysJson(contentType) || /^\s*[{[]/.test(text);
}

/**
 * The kinds of picture that are safe to show: no SVG, which is a document.
 * @param {Uint8Array} bytes @returns its media type, told by the first bytes alone
 */
export function imageType(bytes) {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (start.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (/^GIF8[79]a/.test(start)) return "image/gif";
  if (/^RIFF....WEBP/s.test(start)) return "image/webp";
  return null;
}

/**
 * Fields of a form or a query string, in order, repetitions kept.
 * @param {string} text @returns {[string, string][]} a part that is not valid percent-encoding stays as it is
 */
export function formFields(text) {
  if (!text) return [];
  return text.split("&").map((pair) => {
    const at = pair.indexOf("=");
    return at < 0 ? [unescape(pair), ""] : [unescape(pair.slice(0, at)), unescape(pair.slice(at + 1))];
  });
}

/** @param {string} text */
function unescape(text) {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** @param {Uint8Array} bytes @param {number} from @param {number} to @returns lines of 16 bytes: place, hex, ASCII */
export function hexDump(bytes, from = 0, to = bytes.length) {
  const lines = [];
  for (let at = from; at < Math.min(to, bytes.length); at += 16) lines.push(hexLine(bytes.subarray(at, at + 16), at));
  return lines.join("\n");
}

/** @param {Uint8Array} row @param {number} at */
function hexLine(row, at) {
  const octets = Array.from(row, (byte) => HEX[byte]);
  const hex = [octets.slice(0, 8).join(" "), octets.slice(8).join(" ")].join("  ").padEnd(48);
  const ascii = Array.from(row, (byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : "\u00b7")).join("");
  return `${at.toString(16).padStart(8, "0")}  ${hex}  ${ascii}`;
}
