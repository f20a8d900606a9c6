// @ts-check
/**
 * The exchange in short: one sentence, what people should know, then what came, what was answered and when.
 */
import { formFields } from "../content.js";
import { fill, h } from "../dom.js";
import { bytes, bytesText, clock, milliseconds, visible } from "../format.js";
import { httpVersion, statusText } from "../words.js";
import { factList, fieldTable, section } from "./facts.js";
import { findingList } from "./findings.js";

customElements.define("overview-panel", class extends HTMLElement {
  /** @param {ExchangeDocument} exchange */
  set document(exchange) {
    const query = formFields(bytesText(exchange.query_string));
    fill(this,
      h("p.lede", `${question(exchange)} ${outcome(exchange)}`),
      findingList(exchange.findings),
      exchange.error && section("Traceback", h("pre.error", { tabindex: "0" }, exchange.error)),
      section("Request", requestFacts(exchange)),
      query.length > 0 && section("Query", fieldTable(query, "Query parameters in their order")),
      section(exchange.type === "websocket" ? "Session" : "Answer", answerFacts(exchange)));
  }
});

/** @param {ExchangeDocument} exchange */
function question({ client, type, method, http_version }) {
  const what = type === "websocket" ? "WebSocket session" : `${method ?? "HTTP"} request`;
  const origin = client ? " from " + client : "";
  return `${what} over ${httpVersion(http_version)}${origin}.`;
}

/** @param {ExchangeDocument} exchange */
function outcome({ state, status, type, duration_ms, sent_bytes }) {
  const time = milliseconds(duration_ms);
  if (state === "open") return `Still open after ${time}.`;
  if (state === "disconnected") return `The client left after ${time}.`;
  if (state === "error") return `The application failed after ${time}.`;
  if (type === "websocket") return `Closed after ${time}.`;
  return `Answered ${status === null ? "nothing" : statusText(status)} with ${sent_bytes ? bytes(sent_bytes) : "no body"} in ${time}.`;
}

/** @param {ExchangeDocument} exchange */
function requestFacts({ type, scope, request, path, content_type, user_agent, started_at }) {
  const { body } = request;
  return factList([
    ["Path", h("bdi", visible(path))],
    ["Raw path", scope.raw_path && bytesText(scope.raw_path) !== path && h("bdi", shown(scope.raw_path))],
    ["Mounted under", scope.root_path && visible(scope.root_path)],
    ["Scheme", scope.scheme],
    ["Server", scope.server?.filter((/** @type {unknown} */ part) => part !== null).join(":")],
    ["User agent", user_agent && shown(user_agent)],
    ["Content type", content_type && shown(content_type)],
    ["Body", type === "http" && (body.size ? bytes(body.size) + (body.truncated ? `, of which ${bytes(body.kept)} are kept` : "") : "none")],
    ["SHA-256", body.size > 0 && body.sha256],
    ["Started", h("time", { datetime: started_at, title: started_at }, `${started_at.slice(0, 10)} ${clock(started_at)}`)],
  ]);
}

/** @param {ExchangeDocument} exchange */
function answerFacts({ status, response, sent_bytes, received_bytes, type, duration_ms }) {
  const contentType = response?.headers.find(([name]) => name === "content-type")?.[1];
  return factList([
    ["Status", status === null ? "none" : statusText(status)],
    ["Content type", contentType && shown(contentType)],
    ["Received", type === "websocket" && bytes(received_bytes)],
    [type === "websocket" ? "Sent" : "Body", bytes(sent_bytes)],
    ["Took", milliseconds(duration_ms)],
  ]);
}

/** @param {Bytes} value */
function shown(value) {
  return visible(bytesText(value));
}
