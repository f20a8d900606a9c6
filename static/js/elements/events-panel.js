// @ts-check
/**
 * The ASGI messages as a waterfall: each at its time, with the pause before it; it unfolds into the message
 * itself. For a WebSocket these are the frames, and one direction can be looked at alone.
 */
import { fill, h, setText } from "../dom.js";
import { DIRECTIONS, ends, linesOf, payloadOf } from "../events.js";
import { bytes, bytesText, count, countOf, milliseconds, visible } from "../format.js";
import { choice } from "./choices.js";
import { glance, messageView } from "./event-message.js";

const ROWS = 100; // shown at once, and added at a time

customElements.define("events-panel", class extends HTMLElement {
  /** @type {ExchangeDocument | null} */
  #exchange = null;
  #direction = "all";
  #wanted = "";
  #rows = ROWS;
  #tools = h("div.tools");
  #tally = h("span.note");
  #note = h("p.note");
  #axis = h("div.axis", { "aria-hidden": "true" });
  #list = h("ol.events");
  /** Of this exchange, by the index of the event, and the pauses before them: what is unfolded or selected stays. @type {Map<string, HTMLElement>} */
  #items = new Map();

  /** @param {ExchangeDocument} exchange */
  set document(exchange) {
    if (exchange.id !== this.#exchange?.id) this.#begin(exchange);
    this.#exchange = exchange;
    this.#paint();
  }

  /** @param {ExchangeDocument} exchange */
  #begin({ type }) {
    this.#items.clear();
    this.#rows = ROWS;
    const show = (/** @type {string} */ direction) => { this.#direction = direction; this.#paint(); };
    const find = h("input", { type: "search", placeholder: "Find in the messages", "aria-label": "Find in the messages", autocomplete: "off", spellcheck: "false", input: () => { this.#wanted = find.value.toLowerCase(); this.#paint(); } });
    fill(this.#tools, choice("Direction", DIRECTIONS, this.#direction, show), find, this.#tally);
    find.value = this.#wanted;
    fill(this, type === "websocket" && this.#tools, this.#note, this.#axis, this.#list);
  }

  #paint() {
    const { events, events_omitted, duration_ms } = /** @type {ExchangeDocument} */ (this.#exchange);
    const span = Math.max(duration_ms, events.at(-1)?.at_ms ?? 0, 0.001);
    const lines = linesOf(events, this.#direction, span).filter(({ event }) => !this.#wanted || bytesText(payloadOf(event) ?? "").toLowerCase().includes(this.#wanted));
    const [head, omitted, tail] = ends(lines, this.#rows);
    const more = () => { this.#rows += ROWS; this.#paint(); };
    setText(this.#tally, tally(events) + (this.#wanted ? ` · ${count(lines.length)} found` : ""));
    setText(this.#note, note(events_omitted));
    fill(this.#axis, ...[0, 0.25, 0.5, 0.75, 1].map((part) => h("span", milliseconds(span * part))));
    this.#put([...this.#lines(head, span),
      omitted > 0 && h("li.more", h("button", { type: "button", click: more }, `Show ${count(Math.min(ROWS, omitted))} of ${count(omitted)} more`)),
      ...this.#lines(tail, span)]);
  }

  /** What stands where it stood is not touched: a selection in it stays. @param {(HTMLElement | false)[]} items */
  #put(items) {
    const wanted = items.filter((item) => item !== false);
    for (const item of [...this.#list.children]) if (!wanted.includes(/** @type {HTMLElement} */ (item))) item.remove();
    wanted.forEach((item, at) => { if (this.#list.children[at] !== item) this.#list.insertBefore(item, this.#list.children[at] ?? null); });
  }

  /** @param {EventLine[]} lines @param {number} span */
  #lines(lines, span) {
    return lines.flatMap((line) => [
      line.isLong && this.#kept(`${line.index} ${line.pause}`, () => h("li.pause", `${milliseconds(line.pause)} of silence`)),
      this.#line(line, span),
    ]);
  }

  /** @param {EventLine} line @param {number} span */
  #line(line, span) {
    const item = this.#kept(String(line.index), () => this.#item(line));
    const lane = /** @type {HTMLElement} */ (item.querySelector(".lane"));
    lane.style.setProperty("--from", `${(line.from / span) * 100}`);
    lane.style.setProperty("--at", `${(line.event.at_ms / span) * 100}`);
    return item;
  }

  /** @param {string} key @param {() => HTMLElement} make */
  #kept(key, make) {
    const item = this.#items.get(key) ?? make();
    this.#items.set(key, item);
    return item;
  }

  /** @param {EventLine} line */
  #item({ event, pause }) {
    const lane = h("span.lane", { "aria-hidden": "true" });
    const summary = h("summary", {},
      h("span.channel", { title: event.channel }, h("span.unseen", event.channel)), h("code.type", h("span", event.type.slice(0, event.type.indexOf(".") + 1)), event.type.slice(event.type.indexOf(".") + 1)),
      h("span.glance", visible(glance(event))),
      h("span.size", event.size ? bytes(event.size) : ""),
      h("span.at", { title: `${milliseconds(pause)} after the one before` }, `+${milliseconds(event.at_ms)}`), lane);
    const attributes = { "data-channel": event.channel, "data-end": /close$|disconnect$/.test(event.type) };
    const details = h("details", summary);
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(messageView(event)); // written when it is first opened
    });
    return h("li", attributes, details);
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
