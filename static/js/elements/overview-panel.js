// @ts-check
/**
 * The exchange at a glance: its line, what is odd, the headers that matter, the query, the first screen of each body.
 * Where there is room the response stands beside the request.
 */
import { formFields } from "../content.js";
import { fill, h, tell } from "../dom.js";
import { bytes, bytesText, clock, count, countOf, hostOf, milliseconds, statusClass, visible } from "../format.js";
import { addressOf, closeOf, subprotocolOf, tellingHeaders } from "../overview.js";
import { methodOf } from "../titles.js";
import { closeText, httpVersion, statusText } from "../words.js";
import "./body-glance.js";
import { copyButton } from "./copy-button.js";
import { glance } from "./event-message.js";
import { factList, fieldTable, filterable, section } from "./facts.js";
import { findingList } from "./findings.js";
import { insideSections } from "./inside.js";
import { verdict } from "./verdict.js";

const MESSAGES = 12; // of a session, the latest
const PARAMETERS = 12; // of a query, that are shown at once
const LONG = 300; // characters of an address that are scrolled

customElements.define("overview-panel", class extends HTMLElement {
  #shown = "";

  /** @param {ExchangeDocument} exchange */
  set document(exchange) {
    const fingerprint = `${exchange.id} ${exchange.seq} ${document.body.dataset.secrets}`;
    if (fingerprint === this.#shown) return;
    this.#shown = fingerprint;
    fill(this,
      requestLine(exchange),
      exchange.signature && verdict(exchange.signature),
      findingList(exchange.findings),
      exchange.error && section("Traceback", h("pre.error", { tabindex: "0" }, exchange.error)),
      ...insideSections(exchange.inside),
      h("div.two-sides",
        h("div", { class: "side" }, h("h2", "Request"), ...this.#request(exchange)),
        h("div", { class: "side" }, h("h2", exchange.type === "websocket" ? "Session" : "Response"), ...this.#response(exchange))));
  }

  /** @param {ExchangeDocument} exchange @returns {Child[]} */
  #request(exchange) {
    const query = formFields(bytesText(exchange.query_string));
    const { body } = exchange.request;
    return [
      query.length > 0 && section("Query", queryTable(query)),
      this.#headers(exchange.scope.headers, "request"),
      exchange.type === "http" && section(body.size ? `Body, ${bytes(body.size)}` : "Body", body.size ? this.#glance(exchange, "request") : h("p.note", "None.")),
      section("More", requestFacts(exchange)),
    ];
  }

  /** @param {ExchangeDocument} exchange @returns {Child[]} */
  #response(exchange) {
    const { response, state, type, sent_bytes } = exchange;
    if (type === "websocket") return [sessionFacts(exchange), latestMessages(exchange, () => tell(this, "tab-select", "events"))];
    if (!response) return [h("p.note", state === "open" ? "Not yet." : "None was sent.")];
    return [
      h("p.status", { "data-status": statusClass(response.status) }, h("i.mark"), statusText(response.status)),
      this.#headers(response.headers, "response"),
      section(sent_bytes ? `Body, ${bytes(sent_bytes)}` : "Body", sent_bytes ? this.#glance(exchange, "response") : h("p.note", "None.")),
    ];
  }

  /** @param {Header[]} headers @param {"request" | "response"} of */
  #headers(headers, of) {
    const { shown, left } = tellingHeaders(headers, of);
    const tab = of === "request" ? "headers" : "response";
    return headers.length > 0 && section("Headers", shown.length > 0 && fieldTable(shown, `Headers of the ${of} that matter`, of === "request" ? "header" : ""),
      left > 0 && h("button.link", { type: "button", click: () => tell(this, "tab-select", tab) }, shown.length ? `And ${count(left)} more` : countOf(left, "header")));
  }

  /** @param {ExchangeDocument} exchange @param {"request" | "response"} of */
  #glance(exchange, of) {
    const element = h("body-glance");
    queueMicrotask(() => element.isConnected && element.show(exchange, of)); // once it stands in the page
    return element;
  }
});

/** The first parameters, and all of them for who asks. @param {[string, string][]} query */
function queryTable(query) {
  const table = (/** @type {[string, string][]} */ pairs) => fieldTable(pairs, "Query parameters in their order", "query");
  if (query.length <= PARAMETERS) return table(query);
  const place = h("div", table(query.slice(0, PARAMETERS - 1)),
    h("button.link", { type: "button", click: () => fill(place, table(query)) }, `And ${count(query.length - PARAMETERS + 1)} more`));
  return place;
}

/** @param {ExchangeDocument} exchange */
function requestLine(exchange) {
  const { http_version, client, started_at, state, scope } = exchange;
  const sent = scope.extensions?.["echoscope.sent"];
  const isRead = state !== "refused" || exchange.path !== "";
  const address = isRead ? addressOf(exchange) : "a request that could not be read";
  return h("div.request-line",
    h("div.asked",
      h("p.target", { tabindex: address.length > LONG ? "0" : false }, methodLink(exchange), " ", h("bdi", visible(address))),
      isRead && h("span", h("small.note", httpVersion(http_version)), copyButton(address, "Copy the address"))),
    h("p.note", ...[
      h("span.status", { "data-status": statusClass(exchange.status) }, h("i.mark"), outcome(exchange)),
      sent ? h("b", `sent from here to ${visible(String(sent.to))}`) : client && filterable(h("span", `from ${hostOf(client)}`), "ip", hostOf(client)),
      h("time", { datetime: started_at, title: started_at }, `at ${clock(started_at)}`),
      state === "refused" && exchange.reason && visible(exchange.reason),
    ].flatMap((part, index) => (part ? [index > 0 && " · ", part] : []))));
}

/** @param {ExchangeDocument} exchange @returns its method, which finds others like it */
function methodLink(exchange) {
  const { method, type } = exchange;
  const text = h("span.method", methodOf(exchange));
  if (method) return filterable(text, "method", method);
  return type === "websocket" ? filterable(text, "type", type) : text;
}

/** @param {ExchangeDocument} exchange */
function outcome({ state, status, type, duration_ms, sent_bytes, events }) {
  const time = milliseconds(duration_ms);
  if (state === "open") return `still open after ${time}`;
  if (state === "disconnected") return `the client left after ${time}`;
  if (state === "error") return `the application failed after ${time}`;
  if (state === "refused") return (status === null ? "refused" : `refused, ${statusText(status)}`);
  if (type === "websocket") return `closed after ${time}${events.length ? "" : ", without a message"}`;
  return `${status === null ? "no status" : statusText(status)}, ${sent_bytes ? bytes(sent_bytes) : "no body"} in ${time}`;
}

/** @param {ExchangeDocument} exchange */
function requestFacts({ type, scope, request, path, started_at, client }) {
  const { body } = request;
  return factList([
    ["Path", scope.raw_path && bytesText(scope.raw_path) !== path && h("bdi", visible(path))],
    ["Mounted under", scope.root_path && visible(scope.root_path)],
    ["Client", client],
    ["Server", scope.server?.filter((/** @type {unknown} */ part) => part !== null).join(":")],
    ["TLS", scope.extensions?.tls && tlsText(scope.extensions.tls)],
    ["Subprotocols", type === "websocket" && !!scope.subprotocols?.length && visible(scope.subprotocols.join(", "))],
    ["Kept", type === "http" && body.truncated && `the first ${bytes(body.kept)} of ${bytes(body.size)}`],
    ["SHA-256", body.size > 0 && body.sha256 && h("span.digest", body.sha256)],
    ["Started", h("time", { datetime: started_at, title: started_at }, `${started_at.slice(0, 10)} ${clock(started_at)}`)],
  ]);
}

/** @param {{tls_version?: number | null, client_cert_name?: string | null}} tls of the ASGI extension */
function tlsText({ tls_version: version, client_cert_name: client }) {
  const name = version ? `version 1.${(version & 0xff) - 1}` : "version not told"; // 0x0304 is 1.3 (RFC 8446, section 4.2.1)
  return client ? `${name}, the client is ${visible(client)}` : name;
}

/** @param {ExchangeDocument} exchange */
function sessionFacts({ events, events_omitted, received_bytes, sent_bytes, status }) {
  const close = closeOf(events);
  const counted = (/** @type {string} */ type) => events.filter((event) => event.type === type).length;
  const accepted = events.some(({ type }) => type === "websocket.accept");
  return factList([
    ["Handshake", accepted ? "accepted, 101" : status === null ? "not answered" : `refused, ${statusText(status)}`],
    ["Subprotocol", accepted && (visible(subprotocolOf(events) ?? "") || "none")],
    ["Received", `${countOf(counted("websocket.receive"), "message")}, ${bytes(received_bytes)}`],
    ["Sent", `${countOf(counted("websocket.send"), "message")}, ${bytes(sent_bytes)}`],
    ["Not kept", events_omitted > 0 && countOf(events_omitted, "message")],
    ["Closed", close ? `by the ${close.by}: ${closeText(close.code)}` + (close.reason && `: ${visible(close.reason)}`) : "not yet"],
  ]);
}

/** @param {ExchangeDocument} exchange @param {() => void} open */
function latestMessages({ events }, open) {
  const messages = events.filter(({ type }) => type === "websocket.receive" || type === "websocket.send");
  return section("Messages", messages.length > MESSAGES && h("button.link", { type: "button", click: open }, `All ${messages.length}, the latest are`),
    h("ol.glance-messages", ...messages.slice(-MESSAGES).map((event) => h("li", { "data-channel": event.channel }, h("span.channel", { title: event.channel }), h("code", visible(glance(event)))))),
    messages.length === 0 && h("p.note", "None."));
}
