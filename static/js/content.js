// @ts-check
/**
 * Captured bytes, made readable. Pure: bytes and text in, lines and fields out.
 */

/** @param {Bytes} content @returns {Uint8Array} */
export function bytesOf(content) {
  if (typeof content === "string") return new TextEncoder().encode(content);
  return Uint8Array.from(atob(content.base64), (character) => character.charCodeAt(0));
}

/** The bytes of a body that was read, which stand in its text where that is all of them. @param {BodyReading} reading */
export function contentOf({ content, text }) {
  return content ?? text ?? "";
}

const BODIES = ["http.request", "http.response.body", "websocket.http.response.body"];

/** What is kept of a body, out of the messages that carry it. @param {AsgiEvent[]} events @param {"receive" | "send"} channel @returns {Uint8Array} */
export function keptBody(events, channel) {
  const pieces = events.filter((event) => event.channel === channel && BODIES.includes(event.type)).map(({ message }) => bytesOf(message.body ?? ""));
  const body = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    body.set(piece, at);
    at += piece.length;
  }
  return body;
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
