// @ts-check
/**
 * Two exchanges side by side: times and facts, query, headers, bodies, messages. Data comes by `pair`; the bodies and
 * headers are asked for as the server reads them. What is cut, hidden or left out is never called the same.
 */
import { compareBodies, compareFields, compareJson, compareLines, compareQueries } from "../compare.js";
import { formFields, hexDump, keptBody } from "../content.js";
import { fill, h } from "../dom.js";
import { payloadOf } from "../events.js";
import { bytes, bytesText, clock, count, countOf, milliseconds } from "../format.js";
import { ask, PATHS } from "../readings.js";
import { methodOf, titleOf } from "../titles.js";
import { statusText } from "../words.js";
import { toggle } from "./choices.js";
import { part, table } from "./differences.js";
import { section } from "./facts.js";

const AROUND = 32; // bytes shown before the first that differs
const READINGS = [PATHS.requestHeaders, PATHS.responseHeaders, PATHS.requestBody, PATHS.responseBody];
const EACH_TIME = new Set(["x-echoscope-id", "date", "link"]); // of an answer

/** @typedef {[ExchangeDocument, ExchangeDocument]} Pair */

customElements.define("compare-view", class extends HTMLElement {
  /** @type {Pair | null} */
  #pair = null;
  #onlyDifferences = true;

  connectedCallback() {
    this.#load();
  }

  /** @param {Pair} pair */
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

  /** @param {Pair} pair @param {any[][]} readings */
  #paint(pair, [requestHeaders, responseHeaders, requestBodies, responseBodies]) {
    this.toggleAttribute("data-only", this.#onlyDifferences);
    const isHidden = document.body.dataset.secrets === "hidden";
    const queries = pair.map(({ query_string }) => bytesText(query_string));
    fill(this,
      h("div.tools", h("h2", "Compare"), h("span.note", between(pair)),
        toggle("Only differences", this.#onlyDifferences, (isOn) => this.toggleAttribute("data-only", (this.#onlyDifferences = isOn)))),
      isHidden && h("p.remark", "Secrets are hidden: they are compared by a mark of eight digits, and not at all inside bodies."),
      h("div.sides", { "aria-hidden": "true" }, h("span"), ...pair.map(heading)),
      part("Facts", factRows(pair)),
      part("Query", compareQueries(queries[0], queries[1], formFields)),
      part("Request headers", compareFields(pairsOf(requestHeaders[0]), pairsOf(requestHeaders[1]))),
      pair.some(({ type }) => type === "http") && bodyPart("Request body", requestBodies, pair.map(({ request, events }) => ({ ...request.body, bytes: keptBody(events, "receive") }))),
      part("Response headers", compareFields(pairsOf(responseHeaders[0]), pairsOf(responseHeaders[1])).map(eachTime)),
      pair.some(({ type }) => type === "http") && bodyPart("Response body", responseBodies, pair.map(({ response, events }) => response && { ...response.body, bytes: keptBody(events, "send") })),
      pair.some(({ type }) => type === "websocket") && messagesPart(pair));
  }
});

/** @param {ExchangeDocument} side @param {number} at */
function heading(side, at) {
  return h("b", `${"AB"[at]} `, h("bdi", titleOf(side)), " ", h("small.note", clock(side.started_at)));
}

/** @param {Pair} pair */
function between([a, b]) {
  const apart = Date.parse(b.started_at) - Date.parse(a.started_at);
  return apart === 0 ? "at the same time" : `B came ${milliseconds(Math.abs(apart))} ${apart > 0 ? "after" : "before"} A`;
}

/** @param {Pair} pair @returns {Difference[]} */
function factRows(pair) {
  /** @type {[string, (side: ExchangeDocument) => string | null, isOwn?: boolean][]} */
  const facts = [
    ["Method", methodOf],
    ["Path", ({ path }) => path],
    ["Path as it was sent", ({ scope, path }) => (scope.raw_path ? bytesText(scope.raw_path) : path)],
    ["Status", ({ status }) => (status === null ? "none" : statusText(status))],
    ["HTTP version", ({ http_version }) => http_version],
    ["Client", ({ client }) => client, true],
    ["Ended", ({ state }) => state],
    ["Received", ({ received_bytes }) => bytes(received_bytes)],
    ["Sent", ({ sent_bytes }) => bytes(sent_bytes)],
    ["Messages", ({ events, events_omitted }) => count(events.length + events_omitted)],
    ["Started", ({ started_at }) => `${started_at.slice(0, 10)} ${clock(started_at)}`, true],
    ["Took", ({ duration_ms }) => milliseconds(duration_ms), true],
  ];
  // A byte that is no UTF-8 is shown as U+FFFD: then two paths that look the same may not be.
  const isSamePath = pair[0].path === pair[1].path && !pair[0].path.includes("\ufffd");
  return facts.map(([name, value, isOwn]) => {
    const [a, b] = pair.map(value);
    const kind = a === b ? "same" : isOwn ? "own" : name === "Path as it was sent" && isSamePath ? "written" : "changed";
    return { kind, name, a, b };
  });
}

/** @param {HeadersReading | null} reading @returns {[string, string][]} */
function pairsOf(reading) {
  return (reading?.lines ?? []).map(({ name, value }) => [bytesText(name), bytesText(value)]);
}

/** Headers of which every answer has its own. @param {Difference} row @returns {Difference} */
function eachTime(row) {
  return row.kind === "changed" && EACH_TIME.has(row.name.toLowerCase()) ? { ...row, kind: "own" } : row;
}

/** @typedef {{size: number, truncated: boolean, sha256?: string | null, bytes: Uint8Array}} SentBody */

/** @param {string} title @param {(BodyReading | null)[]} readings @param {(SentBody | null)[]} bodies as they were sent */
function bodyPart(title, [a, b], bodies) {
  if (!bodies[0]?.size && !bodies[1]?.size) return part(title, []);
  const [first, second] = bodies.map((body, at) => ({
    bytes: body?.bytes ?? new Uint8Array(), size: body?.size ?? 0, isCut: body?.truncated ?? false,
    sha256: body?.sha256 ?? null, isMasked: [a, b][at]?.masked ?? false,
  }));
  const result = compareBodies(first, second);
  const rows = result.isSame === true ? null : contentRows(a, b);
  return section(title, h("span.note", { "data-differs": result.isSame !== true }, [...verdict(first, second, result), rows && sameContent(a, b, rows)].filter(Boolean).join(" · ")),
    rows && rows.rows.length > 0 ? table(title, rows.rows) : result.first !== null && hexes(first.bytes, second.bytes, result.first),
    rows && !rows.isWhole && h("p.note", `The first ${count(rows.rows.length)} differences are listed.`));
}

/** @typedef {import("../compare.js").KeptBody} KeptBody */

/** @param {KeptBody} a @param {KeptBody} b @param {ReturnType<typeof compareBodies>} result @returns {(string | false)[]} */
function verdict(a, b, { isSame, first, differing, known }) {
  const isCut = a.isCut || b.isCut;
  const sizes = a.size === b.size ? bytes(a.size) : `${count(a.size)} and ${countOf(b.size, "byte")}`;
  const kept = Math.min(a.bytes.length, b.bytes.length);
  const isKeptSame = differing === 0 && isCut;
  const cut = isKeptSame && `the first ${count(kept)} of ${countOf(Math.min(a.size, b.size), "byte")} are the same`;
  if (isSame === true) return [sizes, cut, known === "digest" ? "so are the digests of the whole: the same" : "the same"];
  if (isSame === null) return [sizes, cut, (a.isMasked || b.isMasked) && "the same but for secrets, which are hidden and were not compared", isCut && "of the rest nothing is known: it was not kept"];
  if (known === "digest") return [sizes, cut, "the digests of the whole differ"];
  return [
    sizes, cut,
    first !== null && differing > 0 && `they part at byte ${count(first)}`,
    first !== null && differing === 0 && !isCut && `they part at byte ${count(first)}, where the shorter ends`,
    differing > 0 && `${countOf(differing, "byte")} ${differing === 1 ? "differs" : "differ"} in place`,
    isCut && differing > 0 && "compared as far as they are kept",
  ];
}

/** What differs in the content, its coding undone. @param {BodyReading | null} a @param {BodyReading | null} b @returns {{rows: Difference[], isWhole: boolean} | null} */
function contentRows(a, b) {
  if (!a?.kept || !b?.kept) return null;
  if (a.json?.value !== undefined && b.json?.value !== undefined) return compareJson(a.json.value, b.json.value);
  const whole = (/** @type {Difference[]} */ rows) => ({ rows: rows.some(({ kind }) => kind !== "same") ? rows : [], isWhole: true });
  if (a.form && b.form) return whole(compareFields(textPairs(a.form.fields), textPairs(b.form.fields)));
  if (a.multipart && b.multipart) return whole(compareFields(partPairs(a.multipart.parts), partPairs(b.multipart.parts)));
  if (a.text !== null && b.text !== null) return whole(compareLines(linesOf(a), linesOf(b)));
  return null;
}

/** @param {BodyReading | null} a @param {BodyReading | null} b @param {{rows: Difference[]}} found @returns {string | false} */
function sameContent(a, b, { rows }) {
  if (rows.length > 0 || !a || !b || a.truncated || b.truncated) return false;
  if (!isReadWhole(a) || !isReadWhole(b)) return "what is read of the content is the same, but not all of it is read";
  if (a.json?.value !== undefined) return "the same JSON, written differently";
  if (a.text !== b.text && isMarkup(a)) return "the same but for white space between tags";
  return "the same when read: sent in other bytes";
}

/** Whether a reading says all that the body does: nothing is beyond a bound, nothing does not fit. @param {BodyReading} reading */
function isReadWhole({ coding, charset, form, multipart }) {
  return (!coding || coding.state === "whole" || coding.state === "nested") && !charset?.detail && !form?.omitted
    && (!multipart || (multipart.complete && !multipart.detail && multipart.parts.every(({ size, shown, coding: own }) => shown >= size && !own)));
}

/** @param {BodyReading} reading */
function isMarkup({ kind }) {
  return ["xml", "html"].includes(kind);
}

/** Markup in one line is compared by its tags. @param {BodyReading} reading */
function linesOf(reading) {
  const text = /** @type {string} */ (reading.text);
  return isMarkup(reading) ? text.replace(/>\s*</g, ">\n<") : text;
}

/** @param {Header[]} pairs @returns {[string, string][]} */
function textPairs(pairs) {
  return pairs.map(([name, value]) => [bytesText(name), bytesText(value)]);
}

/** @param {Part[]} parts @returns {[string, string][]} */
function partPairs(parts) {
  return parts.map(({ name, filename, headers, size, content }) => [name === null ? "no name" : bytesText(name),
    [filename !== null && bytesText(filename), ...headers.map(headerOfPart), bytes(size), bytesText(content)].filter(Boolean).join(" · ")]);
}

/** What a header says beyond the name and the file name of the part. @param {Header} header */
function headerOfPart([name, value]) {
  const [nameText, valueText] = [bytesText(name).toLowerCase(), bytesText(value)];
  if (nameText === "content-disposition") return false;
  return nameText === "content-type" ? valueText : `${nameText}: ${valueText}`;
}

/** The messages of two sessions, in their order. @param {Pair} pair */
function messagesPart(pair) {
  const lists = pair.map(({ events }) => events.filter(({ type }) => type === "websocket.receive" || type === "websocket.send"));
  const [a, b] = lists.map((events) => events.map((event) => /** @type {[string, string]} */ ([directionOf(event), bytesText(payloadOf(event) ?? "")])));
  const omitted = pair.map(({ events_omitted }) => events_omitted);
  const cut = lists.flat().filter(({ truncated }) => truncated).length;
  const remark = [
    omitted.some(Boolean) && `between the first and the last ones ${count(omitted[0])} and ${countOf(omitted[1], "message")} are not kept and not compared`,
    cut > 0 && `${countOf(cut, "message")} cut: compared as far as kept`,
  ].filter(Boolean).join(" · ");
  return part("Messages", compareFields(a, b), remark);
}

/** Text and bytes are messages of two kinds, though they may say the same. @param {{channel: string, message: Record<string, any>}} event */
function directionOf({ channel, message }) {
  const isBinary = message.bytes !== undefined && message.bytes !== null;
  return `${channel === "receive" ? "received" : "sent"}${isBinary ? " (binary)" : ""}`;
}

/** @param {Uint8Array} a @param {Uint8Array} b @param {number} place where they part */
function hexes(a, b, place) {
  const from = Math.max(0, place - (place % 16) - AROUND);
  return h("div.hexes", ...[a, b].map((side, at) => h("pre", { tabindex: "0", "aria-label": `Bytes of ${"AB"[at]} around the first that differs` }, hexDump(side, from, from + 5 * 16) || "ends here")));
}
