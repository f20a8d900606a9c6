// @ts-check
/**
 * The ASGI messages as a waterfall: each at its time, with the pause before it; it unfolds into the message
 * itself. For a WebSocket these are the frames.
 */
import { fill, h } from "../dom.js";
import { bytes, bytesText, countOf, milliseconds, visible } from "../format.js";
import { closeText, statusText } from "../words.js";

const GLANCE = 120; // characters of a frame shown in its line

export class EventsPanel extends HTMLElement {
  /** @param {ExchangeDocument} exchange */
  set document({ events, events_omitted, duration_ms }) {
    const open = this.#openOnes();
    const span = Math.max(duration_ms, events.at(-1)?.at_ms ?? 0, 0.001);
    const items = events.map((event, index) => this.#item(event, events[index - 1]?.at_ms ?? 0, span, open[index] ?? false));
    fill(this,
      h("p", { class: "note" }, note(events_omitted)),
      h("div", { class: "axis", "aria-hidden": "true" }, ...[0, 0.25, 0.5, 0.75, 1].map((part) => h("span", {}, milliseconds(span * part)))),
      h("ol", { class: "events" }, ...items));
  }

  /** An update must not fold what is being read. */
  #openOnes() {
    return [...this.querySelectorAll("details")].map((details) => details.open);
  }

  /** @param {AsgiEvent} event @param {number} before @param {number} span @param {boolean} isOpen */
  #item(event, before, span, isOpen) {
    const lane = h("span", { class: "lane", "aria-hidden": "true" });
    lane.style.setProperty("--from", `${(before / span) * 100}`);
    lane.style.setProperty("--at", `${(event.at_ms / span) * 100}`);
    const summary = h("summary", {},
      h("span", { class: "channel", title: event.channel }, h("span", { class: "unseen" }, event.channel)), h("code", { class: "type" }, event.type),
      h("span", { class: "glance" }, visible(glance(event))),
      h("span", { class: "size" }, event.size ? bytes(event.size) : ""),
      h("span", { class: "at", title: `${milliseconds(event.at_ms - before)} after the one before` }, `+${milliseconds(event.at_ms)}`), lane);
    return h("li", { "data-channel": event.channel }, unfolding(summary, event, isOpen));
  }
}

/** The message is written when it is first opened. @param {HTMLElement} summary @param {AsgiEvent} event @param {boolean} isOpen */
function unfolding(summary, event, isOpen) {
  const details = h("details", { open: isOpen }, summary);
  const unfold = () => {
    if (details.open && details.children.length === 1) details.append(h("pre", { tabindex: "0" }, JSON.stringify(event.message, null, 2)));
  };
  details.addEventListener("toggle", unfold);
  unfold();
  return details;
}

/** @param {number} omitted */
function note(omitted) {
  const text = "→ what the application received, ← what it sent. A server may merge what came before handing it over.";
  return omitted ? `${text} ${countOf(omitted, "message")} between the first and the last ones are not kept.` : text;
}

/** @param {AsgiEvent} event @returns what the message says, in a few words */
function glance({ type, message, truncated }) {
  const cut = truncated ? " (cut)" : "";
  if (type.endsWith(".close") || type === "websocket.disconnect") return closeText(message.code ?? 1005) + (message.reason ? `: ${message.reason}` : "");
  if (type.endsWith("response.start")) return statusText(message.status);
  if (typeof message.text === "string") return message.text.slice(0, GLANCE) + cut;
  if (message.bytes) return bytesText(message.bytes).slice(0, GLANCE) + cut;
  return message.more_body ? "more to come" : "";
}

customElements.define("events-panel", EventsPanel);
