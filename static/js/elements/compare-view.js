// @ts-check
/**
 * Two exchanges side by side: times and facts, query, headers, bodies. Data comes by `pair`; the bodies and headers
 * are asked for as the server reads them, with secrets hidden but equal where they are equal.
 */
import { compareBytes, compareFields, compareJson } from "../compare.js";
import { bytesOf, formFields, hexDump } from "../content.js";
import { fill, h } from "../dom.js";
import { bytes, bytesText, clock, count, countOf, milliseconds, visible } from "../format.js";
import { ask, PATHS } from "../readings.js";
import { statusText } from "../words.js";
import { toggle } from "./choices.js";
import { part, table } from "./differences.js";
import { section } from "./facts.js";
import { targetOf } from "./exchange-row.js";

const AROUND = 32; // bytes shown before the first that differs
const READINGS = [PATHS.requestHeaders, PATHS.responseHeaders, PATHS.requestBody, PATHS.responseBody];

customElements.define("compare-view", class extends HTMLElement {
  /** @type {[ExchangeDocument, ExchangeDocument] | null} */
  #pair = null;
  #onlyDifferences = true;

  connectedCallback() {
    this.#load();
  }

  /** @param {[ExchangeDocument, ExchangeDocument]} pair */
  set pair(pair) {
    this.#pair = pair;
    this.#load();
  }

  /** What a side does not have (an answer, say) is compared as nothing. */
  async #load() {
    const pair = this.#pair;
    if (!pair || !this.isConnected) return;
    const readings = await Promise.all(READINGS.map((path) => Promise.all(pair.map((side) => ask(this, side, path).catch(() => null)))));
    if (pair === this.#pair) this.#paint(pair, readings);
  }

  /** @param {[ExchangeDocument, ExchangeDocument]} pair @param {any[][]} readings */
  #paint(pair, [requestHeaders, responseHeaders, requestBodies, responseBodies]) {
    this.toggleAttribute("data-only", this.#onlyDifferences);
    fill(this,
      h("div.tools", h("h2", "Compare"), h("span.note", between(pair)),
        toggle("Only differences", this.#onlyDifferences, (isOn) => this.toggleAttribute("data-only", (this.#onlyDifferences = isOn)))),
      h("div.sides", { "aria-hidden": "true" }, h("span"), ...pair.map((side, at) => h("b", `${"AB"[at]} `, h("bdi", visible(`${side.method ?? "WS"} ${targetOf(side)}`))))),
      part("Facts", factRows(pair)),
      part("Query", rowsOf(pair.map(({ query_string }) => formFields(bytesText(query_string))))),
      part("Request headers", rowsOf(requestHeaders.map(pairsOf))),
      bodyPart("Request body", requestBodies),
      part("Response headers", rowsOf(responseHeaders.map(pairsOf))),
      bodyPart("Response body", responseBodies));
  }
});

/** @param {[ExchangeDocument, ExchangeDocument]} pair */
function between([a, b]) {
  const apart = Date.parse(b.started_at) - Date.parse(a.started_at);
  return apart === 0 ? "at the same time" : `B came ${milliseconds(Math.abs(apart))} ${apart > 0 ? "after" : "before"} A`;
}

/** @param {ExchangeDocument[]} pair @returns {Difference[]} */
function factRows(pair) {
  /** @type {[string, (side: ExchangeDocument) => string | null][]} */
  const facts = [
    ["Method", ({ method }) => method ?? "WebSocket"],
    ["Path", ({ path }) => path],
    ["Status", ({ status }) => (status === null ? "none" : statusText(status))],
    ["HTTP version", ({ http_version }) => http_version],
    ["Client", ({ client }) => client],
    ["Ended", ({ state }) => state],
    ["Received", ({ received_bytes }) => bytes(received_bytes)],
    ["Sent", ({ sent_bytes }) => bytes(sent_bytes)],
    ["Messages", ({ events, events_omitted }) => count(events.length + events_omitted)],
    ["Started", ({ started_at }) => `${started_at.slice(0, 10)} ${clock(started_at)}`],
    ["Took", ({ duration_ms }) => milliseconds(duration_ms)],
  ];
  return facts.map(([name, value]) => {
    const [a, b] = pair.map(value);
    return { kind: a === b ? "same" : "changed", name, a, b };
  });
}

/** @param {HeadersReading | null} reading @returns {[string, string][]} */
function pairsOf(reading) {
  return (reading?.lines ?? []).map(({ name, value }) => [bytesText(name), bytesText(value)]);
}

/** @param {[string, string][][]} lists */
function rowsOf([a, b]) {
  return compareFields(a, b);
}

/** @param {string} title @param {(BodyReading | null)[]} readings */
function bodyPart(title, [a, b]) {
  if (!a?.kept && !b?.kept) return part(title, []);
  const [first, second] = [a, b].map((reading) => (reading?.kept ? bytesOf(reading.content) : new Uint8Array()));
  const { first: place, differing } = compareBytes(first, second);
  const verdict = place === null ? [bytes(first.length), "the same"]
    : [`${bytes(first.length)} and ${bytes(second.length)}`, `they part at byte ${count(place)}`, differing > 0 && `${countOf(differing, "byte")} differ in place`];
  const [left, right] = [a?.json?.value, b?.json?.value];
  const rows = left !== undefined && right !== undefined ? compareJson(left, right) : [];
  return section(title, h("span.note", { "data-differs": place !== null }, verdict.filter(Boolean).join(" · ")),
    rows.length > 0 ? table(`${title} as JSON`, rows) : place !== null && hexes(first, second, place));
}

/** @param {Uint8Array} a @param {Uint8Array} b @param {number} place where they part */
function hexes(a, b, place) {
  const from = Math.max(0, place - (place % 16) - AROUND);
  return h("div.hexes", ...[a, b].map((side, at) => h("pre", { tabindex: "0", "aria-label": `Bytes of ${"AB"[at]} around the first that differs` }, hexDump(side, from, from + 5 * 16) || "ends here")));
}
