// @ts-check
/**
 * One ASGI message: at a glance, and unfolded.
 */
import { bytesOf, hexDump } from "../content.js";
import { fill, h } from "../dom.js";
import { payloadOf } from "../events.js";
import { bytes, bytesText } from "../format.js";
import { closeText, statusText } from "../words.js";
import { parseJson } from "../json-parse.js";
import { jsonText } from "../json-tree.js";
import { choice } from "./choices.js";
import { coloured } from "./coloured.js";
import { copyButton } from "./copy-button.js";

const GLANCE = 120; // characters of a frame shown in its line
const HEX = 16_384; // bytes of a frame shown

/** @param {AsgiEvent} event @returns what the message says, in a few words */
export function glance({ type, message, truncated }) {
  const cut = truncated ? " (cut)" : "";
  if (type === "http.disconnect") return "the client left, or the answer was complete";
  if (type.endsWith(".close") || type === "websocket.disconnect") return closeText(message.code ?? 1005) + (message.reason ? `: ${message.reason}` : "");
  if (type.endsWith("response.start")) return statusText(message.status);
  if (type.endsWith(".accept")) return message.subprotocol ? `subprotocol ${message.subprotocol}` : "";
  const payload = payloadOf({ message });
  if (payload !== null) return (typeof payload === "string" ? payload : hexGlance(payload)).slice(0, GLANCE) + cut;
  return message.more_body ? "more to come" : "";
}

/** @param {Bytes} payload */
function hexGlance(payload) {
  return Array.from(bytesOf(payload).subarray(0, 40), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** The message as it is, its payload as text or hex. @param {AsgiEvent} event */
export function messageView(event) {
  const payload = payloadOf(event);
  const stage = h("pre", { tabindex: "0" });
  const json = typeof payload === "string" ? jsonOf(payload) : null;
  /** @type {Record<string, () => string>} */
  const views = {
    json: () => json ?? "",
    message: () => JSON.stringify(event.message, null, 2),
    text: () => bytesText(payload ?? ""),
    hex: () => hexDump(bytesOf(payload ?? ""), 0, HEX),
  };
  if (typeof payload !== "string") delete views.text;
  const open = (/** @type {string} */ name) => fill(stage, ...(name === "json" ? coloured(views.json(), "json") : [views[name]()]));
  const first = json !== null ? "json" : typeof payload === "string" ? "text" : payload ? "hex" : "message";
  open(first);
  const titles = { ...(json !== null && { json: "JSON" }), message: "Message", ...(views.text && { text: "Text" }), hex: "Hex" };
  return h("div.message",
    payload !== null && h("div.tools", choice("Show the message as", titles, first, open),
      event.truncated && h("span.note", `cut: ${bytes(event.size)} came`), copyButton(views.text ?? views.message, "Copy it")),
    stage);
}

/** JSON laid out; SignalR ends each message with 0x1E. @param {string} text @returns {string | null} */
function jsonOf(text) {
  const texts = text.split("\x1e").filter((part) => part.trim());
  const read = texts.map((part) => (/^\s*[{[]/.test(part) ? parseJson(part) : null));
  return read.length && read.every((one) => one && !one.isCut) ? read.map((one) => jsonText(/** @type {any} */ (one).node)).join("\n") : null;
}
