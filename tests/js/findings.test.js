import assert from "node:assert/strict";
import { test } from "node:test";
import { findingsOf } from "../../static/js/findings.js";

const WELL = { type: "http", error: null, state: "done", scope: {}, events: [], events_omitted: 0, request: { body: { size: 3, kept: 3, truncated: false } } };
const titles = (changes) => findingsOf({ ...WELL, ...changes }).map(({ level, title }) => `${level}: ${title}`);

test("an exchange that went well has nothing to remark", () => assert.deepEqual(titles({}), []));

test("failures come before departures and what is not kept", () => {
  const body = { size: 2_000_000, kept: 262_144, truncated: true };
  assert.deepEqual(titles({ error: "Traceback", state: "disconnected", events_omitted: 1, request: { body } }), [
    "problem: The application failed", "warning: The client left before the end",
    "note: Of the body, the first 262 kB are kept", "note: 1 message not kept",
  ]);
});

test("a WebSocket has no body of which something could be missing", () => {
  assert.deepEqual(titles({ type: "websocket", request: { body: { size: 9, kept: 0, truncated: true } } }), []);
});

test("what is against the ASGI spec is named once, the scope's before the messages'", () => {
  const odd = (name) => ({ against_the_spec: { [name]: 7 } });
  const events = [{ message: odd("status") }, { message: {} }, { message: odd("path") }];
  assert.deepEqual(titles({ scope: odd("path"), events }), ["warning: Against the ASGI spec: path, status"]);
});

test("the server's findings come first", () => {
  const findings = [{ level: "warning", title: "Two hosts", why: "" }];
  assert.deepEqual(titles({ findings, events_omitted: 2 }), ["warning: Two hosts", "note: 2 messages not kept"]);
});
