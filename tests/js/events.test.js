import assert from "node:assert/strict";
import { test } from "node:test";
import { ends, linesOf, payloadOf } from "../../static/js/events.js";

const event = (channel, at_ms, message = {}) => ({ channel, type: "websocket.x", at_ms, size: 0, truncated: false, message });
const EVENTS = [event("receive", 1), event("send", 2), event("receive", 500), event("send", 501)];

test("a pause is long when it can be seen on the axis", () => {
  assert.deepEqual(linesOf(EVENTS, "all", 501).map(({ isLong }) => isLong), [false, false, true, false]);
  assert.deepEqual(linesOf(EVENTS, "all", 100_000).map(({ isLong }) => isLong), [false, false, false, false]);
  assert.deepEqual(linesOf([event("send", 5)], "all", 5).map(({ isLong }) => isLong), [false]);
});

test("one direction alone has pauses of its own, and the events keep their places", () => {
  assert.deepEqual(linesOf(EVENTS, "send", 501).map(({ index, from, pause }) => [index, from, pause]), [[1, 0, 2], [3, 2, 499]]);
});

test("of many lines the first and the last are shown", () => {
  const lines = linesOf(Array.from({ length: 1000 }, (_, at) => event("send", at)), "all", 1000);
  const [head, omitted, tail] = ends(lines, 200);
  assert.deepEqual([head.length, omitted, tail.length, head[0].index, tail.at(-1)?.index], [150, 800, 50, 0, 999]);
  assert.deepEqual(ends(lines.slice(0, 200), 200).map((part) => (Array.isArray(part) ? part.length : part)), [200, 0, 0]);
});

test("a frame carries its text or its bytes, and an empty one nothing", () => {
  assert.equal(payloadOf({ message: { text: "x", bytes: null } }), "x");
  assert.deepEqual(payloadOf({ message: { bytes: { base64: "AA==" }, text: null } }), { base64: "AA==" });
  assert.equal(payloadOf({ message: { body: "", more_body: true } }), null);
});
