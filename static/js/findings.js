// @ts-check
/**
 * What people should know about an exchange before they read on. The server's own findings come first; what is
 * added here can be told from the document alone.
 */
import { bytes, countOf } from "./format.js";

/** @param {ExchangeDocument & {findings?: Finding[]}} exchange @returns {Finding[]} the gravest first within each source */
export function findingsOf({ findings = [], type, error, state, reason, scope, events, events_omitted, request: { body } }) {
  const odd = new Set([scope, ...events.map(({ message }) => message)].flatMap(({ against_the_spec = {} }) => Object.keys(against_the_spec)));
  const own = /** @type {(Finding | false)[]} */ ([
    state === "refused" && { level: "problem", title: "The server turned this request away", why: reason || "It could not be read as HTTP." },
    Boolean(error) && { level: "problem", title: "The application failed", why: "The traceback is below." },
    state === "disconnected" && { level: "warning", title: "The client left before the end", why: "Look for a timeout of the client or of a proxy in between." },
    odd.size > 0 && { level: "warning", title: `Against the ASGI spec: ${[...odd].join(", ")}`, why: "The server or the application gives these in another form. They are shown as they came." },
    type === "http" && body.truncated && { level: "note", title: `Of the body, the first ${bytes(body.kept)} are kept`, why: `${bytes(body.size)} came; the SHA-256 is that of all of it.` },
    events_omitted > 0 && { level: "note", title: `${countOf(events_omitted, "message")} not kept`, why: "They passed between the first and the last ones." },
  ]);
  return [...findings, ...own.filter((one) => one !== false)];
}
