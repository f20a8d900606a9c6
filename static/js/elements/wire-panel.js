// @ts-check
/**
 * The request as it was on the wire, each line beside what became of it; the byte that broke a refused one; chunks,
 * TLS, HTTP/2; and all exchanges of its connection as a picture and a table.
 */
import { fill, h, svg } from "../dom.js";
import { bytesText, clock, count, countOf, milliseconds, visible } from "../format.js";
import { ask, PATHS, read } from "../readings.js";
import { titleOf } from "../titles.js";
import { copyButton } from "./copy-button.js";
import { factList, section } from "./facts.js";

const ROW = 16; // of the picture, in its units

customElements.define("wire-panel", class extends HTMLElement {
  #connection = h("div.connection");

  /** @param {ExchangeDocument} exchange */
  set document(exchange) {
    read(this, exchange, PATHS.wire, (/** @type {WireReading | NotTold} */ reading) => {
      fill(this, ...(reading.is_told ? this.#told(reading) : [h("p.hollow", reading.why_not)]), this.#connection);
      if (reading.is_told && reading.connection) this.#showConnection(exchange);
    });
  }

  /** @param {WireReading} reading @returns {Child[]} */
  #told({ head, lines, fault, chunks, interim, connection, tls, http2 }) {
    return [
      fault && faultLine(fault),
      lines.length > 0 && h("div.tools", h("span.note", "As it came, and what became of it in the scope"), copyButton(() => bytesText(head ?? ""), "Copy the head")),
      lines.length > 0 && lineTable(lines, fault),
      chunks && section("Chunks", chunkList(chunks)),
      interim.length > 0 && section("Informational answers", h("p", interim.map(({ status, reason }) => `${status} ${reason}`).join(", "))),
      connection && section("Connection", factList([
        ["Request", `${ordinal(connection.number)} on this connection${connection.is_pipelined ? ", sent before the answer to the one before it" : ""}`],
        ["Opened", clock(connection.opened_at)],
      ])),
      tls && section("TLS", factList([["Version", tls.version], ["Cipher", tls.cipher], ["ALPN", tls.alpn ?? "none agreed upon"], ["SNI", tls.server_name === null ? "none sent" : visible(tls.server_name)]])),
      http2 && section("HTTP/2", http2Facts(http2)),
    ];
  }

  /** @param {ExchangeDocument} exchange */
  async #showConnection(exchange) {
    try {
      /** @type {Connection | NotTold} */
      const told = await ask(this, exchange, "connection");
      if (told.is_told) fill(this.#connection, section("All of this connection", ...connectionView(told)));
    } catch {
      fill(this.#connection, h("p.note", "The connection could not be read."));
    }
  }
});

/** @param {Fault} fault */
function faultLine({ line, column, byte, reason }) {
  const where = byte === null ? "What came ended there." : `Line ${line}, column ${column}: ${byteName(byte)}.`;
  return h("p.remark.problem", `${visible(reason ?? "")} ${where}`);
}

/** @param {number} byte */
function byteName(byte) {
  const hex = `0x${byte.toString(16).padStart(2, "0")}`;
  const names = /** @type {Record<number, string>} */ ({ 0: "NUL", 9: "a tab", 10: "LF", 13: "CR", 32: "a space" });
  return names[byte] ? `${names[byte]}, ${hex}` : byte > 32 && byte < 127 ? `${String.fromCharCode(byte)}, ${hex}` : `the byte ${hex}`;
}

/** @param {HeadLine[]} lines @param {Fault | null} fault */
function lineTable(lines, fault) {
  return h("table.wire-lines", h("caption.unseen", "The lines of the head"),
    h("thead.unseen", h("tr", h("th", { scope: "col" }, "On the wire"), h("th", { scope: "col" }, "Became"))),
    h("tbody", ...lines.map((line, index) => h("tr", h("td", h("code", ...(fault?.line === index + 1 ? marked(fault) : lineParts(line)), h("i.line-end", { title: "how the line ends" }, endName(line.end)))), h("td", ...line.became.map((/** @type {string} */ text) => h("span", visible(text))))))));
}

/** @param {Fault} fault @returns {Child[]} */
function marked({ before, marked: text, after }) {
  return [visible(before), h("mark.fault", { title: "This is what broke it" }, text ? visible(text).replace(/ /g, "␠") : "▏"), visible(after)];
}

/** @param {HeadLine} line @returns {Child[]} */
function lineParts({ name, separator, value, space }) {
  if (!separator) return [h("bdi", visible(bytesText(value)))];
  const [colon, white] = [separator[0], separator.slice(1)];
  return [h("b", visible(bytesText(name))), colon, white === " " ? " " : h("i.white", dots(white)), h("bdi", visible(bytesText(value))), space && h("i.white", dots(space))];
}

/** White space as something to be seen. @param {string} text */
function dots(text) {
  return text.replace(/ /g, "·").replace(/\t/g, "→");
}

/** @param {string} end */
function endName(end) {
  return { "\r\n": "", "\n": "LF", "\r": "CR" }[end] ?? "…";
}

/** @param {Chunks} chunks */
function chunkList({ chunks, trailers, is_whole }) {
  return h("div", h("p.chunks", ...chunks.map(({ size, extension }) => h("code", String(size), extension && h("small", visible(bytesText(extension)))))),
    !is_whole && h("p.note", "More came than is kept of the framing."),
    trailers.length > 0 && h("p", "Trailers, which the scope does not have: ", ...trailers.map(({ name, value }) => h("code", `${visible(bytesText(name))}: ${visible(bytesText(value))} `))));
}

/** @param {NonNullable<WireReading["http2"]>} http2 */
function http2Facts({ stream, settings, frames }) {
  const pairs = (/** @type {Record<string, number>} */ table) => Object.entries(table).map(([name, value]) => `${name} ${count(value)}`).join(", ");
  return factList([["Stream", stream && String(stream)], ["Settings", settings && (pairs(settings) || "none sent")], ["Frames", frames && pairs(frames)]]);
}

/** @param {Connection} told @returns {Child[]} */
function connectionView({ items, requests, missing, closed_by, closed_at, lasted_ms, client, id }) {
  const end = closed_by ? `closed by the ${closed_by} at ${clock(closed_at ?? "")}` : "open, as far as is known";
  return [
    h("p.note", `${countOf(requests, "request")} from ${client ?? "a Unix socket"} in ${milliseconds(lasted_ms)}; ${end}.`, missing > 0 && ` ${count(missing)} of them ${missing === 1 ? "is" : "are"} not kept.`),
    picture(items),
    h("table.connection-items", { "data-connection": id }, h("caption.unseen", "The exchanges of this connection"),
      h("thead", h("tr", ...["Number", "Request", "Status", "Idle before", "Took"].map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", ...items.map((item) => h("tr", { "aria-current": item.is_this && "true" }, h("td", String(item.number)),
        h("td", h("a", { href: `?id=${encodeURIComponent(item.id)}&tab=wire` }, titleOf(item))), h("td", String(item.status ?? "–")),
        h("td", item.is_pipelined ? "pipelined" : item.idle_ms === null ? "–" : milliseconds(item.idle_ms)), h("td", milliseconds(item.duration_ms)))))),
  ];
}

/** A bar for each exchange over the life of the connection. @param {ConnectionItem[]} items */
function picture(items) {
  const shown = items.slice(-40);
  const bars = shown.map(({ x, width, number, is_this }, index) => svg("rect", { x: String(x), y: String(index * ROW + 3), width: String(width), height: String(ROW - 6), class: is_this ? "this" : "", "data-number": String(number) }));
  return svg("svg", { class: "connection-picture", viewBox: `0 0 1000 ${Math.max(1, shown.length) * ROW}`, preserveAspectRatio: "none", role: "img", "aria-label": `When the ${items.length} exchanges of this connection took place` }, ...bars);
}

/** @param {number} number */
function ordinal(number) {
  const rest = number % 100 > 10 && number % 100 < 14 ? 0 : number % 10;
  return `${number}${["th", "st", "nd", "rd"][rest] ?? "th"}`;
}

