// @ts-check
/**
 * What people should know about an exchange before they read on. The server's own findings come first; what is
 * added here can be told from the document alone.
 */
import { bytes, countOf, milliseconds } from "./format.js";

/** @param {ExchangeDocument & {findings?: Finding[]}} exchange @returns {Finding[]} the gravest first within each source */
export function findingsOf(exchange) {
  return [...(exchange.findings ?? []), ...[failure, departure, cutBody, missingEvents].flatMap((look) => look(exchange) ?? [])];
}

/** @param {ExchangeDocument} exchange @returns {Finding | null} */
function failure({ error, status, duration_ms }) {
  if (error === null) return null;
  const why = `It raised an exception after ${milliseconds(duration_ms)}${status === null ? ", before it answered." : `; the status ${status} was already sent or came from the server.`}`;
  return { level: "problem", title: "The application failed", why, advice: "The traceback is below." };
}

/** @param {ExchangeDocument} exchange @returns {Finding | null} */
function departure({ state, status, duration_ms, type }) {
  if (state !== "disconnected") return null;
  const when = status === null ? "before the answer began" : "before the answer was complete";
  const why = `The connection ended after ${milliseconds(duration_ms)}, ${type === "http" ? when : "without a closing handshake"}.`;
  return { level: "warning", title: "The client left", why, advice: "Look for a timeout of the client or of a proxy in between." };
}

/** @param {ExchangeDocument} exchange @returns {Finding | null} */
function cutBody({ request: { body } }) {
  if (!body.truncated) return null;
  const why = `${bytes(body.size)} came, the first ${bytes(body.kept)} are kept. The SHA-256 is that of all of it.`;
  return { level: "note", title: "Only the beginning of the body is kept", why };
}

/** @param {ExchangeDocument} exchange @returns {Finding | null} */
function missingEvents({ events_omitted }) {
  if (!events_omitted) return null;
  const why = `${countOf(events_omitted, "message")} passed between the first and the last ones that are kept.`;
  return { level: "note", title: "Not all messages are kept", why };
}
