// @ts-check
/**
 * The ASGI messages as a waterfall: each at its time, with the pause before it; it unfolds into the message
 * itself. For a WebSocket these are the frames, and one direction can be looked at alone.
 */
import { fill, h } from "../dom.js";
import { DIRECTIONS, ends, linesOf } from "../events.js";
import { bytes, count, countOf, milliseconds, visible } from "../format.js";
import { choice } from "./choices.js";
import { glance, messageView } from "./event-message.js";

const ROWS = 100; // shown at once, and added at a time

customElements.define("events-panel", class extends HTMLElement {
  /** @type {ExchangeDocument | null} */
  #exchange = null;
  #direction = "all";
  #rows = ROWS;
  /** Indexes of the events that are unfolded: an update must not fold what is being read. @type {Set<number>} */
  #open = new Set();

  /** @param {ExchangeDocument} exchange */
  set document(exchange) {
    this.#exchange = exchange;
    this.#paint();
  }

  #paint() {
    const { events, events_omitted, duration_ms, type } = /** @type {ExchangeDocument} */ (this.#exchange);
    const span = Math.max(duration_ms, events.at(-1)?.at_ms ?? 0, 0.001);
    const [head, omitted, tail] = ends(linesOf(events, this.#direction, span), this.#rows);
    const show = (/** @type {string} */ direction) => { this.#direction = direction; this.#paint(); };
    const more = () => { this.#rows += ROWS; this.#paint(); };
    fill(this,
      type === "websocket" && h("div.tools", choice("Direction", DIRECTIONS, this.#direction, show), h("span.note", tally(events))),
      h("p.note", note(events_omitted)),
      h("div.axis", { "aria-hidden": "true" }, ...[0, 0.25, 0.5, 0.75, 1].map((part) => h("span", milliseconds(span * part)))),
      h("ol.events", ...this.#items(head, span),
        omitted > 0 && h("li.more", h("button", { type: "button", click: more }, `Show ${count(Math.min(ROWS, omitted))} of ${count(omitted)} more`)),
        ...this.#items(tail, span)));
  }

  /** @param {EventLine[]} lines @param {number} span */
  #items(lines, span) {
    return lines.flatMap((line) => [
      line.isLong && h("li.pause", `${milliseconds(line.pause)} of silence`),
      this.#item(line, span),
    ]);
  }

  /** @param {EventLine} line @param {number} span */
  #item({ event, index, from, pause }, span) {
    const lane = h("span.lane", { "aria-hidden": "true" });
    lane.style.setProperty("--from", `${(from / span) * 100}`);
    lane.style.setProperty("--at", `${(event.at_ms / span) * 100}`);
    const summary = h("summary", {},
      h("span.channel", { title: event.channel }, h("span.unseen", event.channel)), h("code.type", h("span", event.type.slice(0, event.type.indexOf(".") + 1)), event.type.slice(event.type.indexOf(".") + 1)),
      h("span.glance", visible(glance(event))),
      h("span.size", event.size ? bytes(event.size) : ""),
      h("span.at", { title: `${milliseconds(pause)} after the one before` }, `+${milliseconds(event.at_ms)}`), lane);
    const attributes = { "data-channel": event.channel, "data-end": /close$|disconnect$/.test(event.type) };
    return h("li", attributes, this.#unfolding(summary, event, index));
  }

  /** The message is written when it is first opened. @param {HTMLElement} summary @param {AsgiEvent} event @param {number} index */
  #unfolding(summary, event, index) {
    const details = h("details", { open: this.#open.has(index) }, summary);
    const unfold = () => {
      if (details.open) this.#open.add(index);
      else this.#open.delete(index);
      if (details.open && details.children.length === 1) details.append(messageView(event));
    };
    details.addEventListener("toggle", unfold);
    unfold();
    return details;
  }
});

/** @param {AsgiEvent[]} events */
function tally(events) {
  const frames = (/** @type {string} */ type) => events.filter((event) => event.type === type);
  const sum = (/** @type {AsgiEvent[]} */ some) => bytes(some.reduce((total, { size }) => total + size, 0));
  const [received, sent] = [frames("websocket.receive"), frames("websocket.send")];
  return `${count(received.length)} received, ${sum(received)} · ${count(sent.length)} sent, ${sum(sent)}`;
}

/** @param {number} omitted */
function note(omitted) {
  const text = "→ what the application received, ← what it sent. A server may merge what came before handing it over.";
  return omitted ? `${text} ${countOf(omitted, "message")} between the first and the last ones are not kept.` : text;
}
