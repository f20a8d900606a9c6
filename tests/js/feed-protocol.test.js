import assert from "node:assert/strict";
import { test } from "node:test";
import { FeedPosition, retryDelay } from "../../static/js/feed-protocol.js";
import { summaries, summary } from "./summaries.js";

const start = (changes = {}) => new FeedPosition({ after: 10, epoch: "e1", q: "", ...changes });

test("items in sequence are put, and the position follows them", () => {
  const position = start();
  assert.deepEqual(position.take({ type: "exchanges", items: summaries(11, 13) }), [{ do: "put", items: summaries(11, 13) }]);
  assert.equal(position.query(), "after=13&epoch=e1");
});

test("an announced gap is shown and moves the position", () => {
  const position = start();
  const steps = position.take({ type: "gap", from: 11, to: 40, missed: 30, reason: "slow" });
  assert.deepEqual(steps, [{ do: "gap", gap: { from: 11, to: 40, missed: 30, reason: "slow" } }]);
  assert.equal(position.last, 40);
});

test("a superseded range is no loss: it moves the position and is not shown", () => {
  const position = start();
  assert.deepEqual(position.take({ type: "gap", from: 11, to: 12, missed: 2, reason: "superseded" }), []);
  assert.deepEqual(position.take({ type: "exchanges", items: [summary(13)] }).map((step) => step.do), ["put"]);
});

test("a hole that nobody announced is shown", () => {
  const steps = start().take({ type: "exchanges", items: [summary(12), summary(15)] });
  assert.deepEqual(steps, [
    { do: "gap", gap: { from: 11, to: 11, missed: 1, reason: "unannounced" } },
    { do: "gap", gap: { from: 13, to: 14, missed: 2, reason: "unannounced" } },
    { do: "put", items: [summary(12), summary(15)] },
  ]);
});

test("in a searched feed holes are what did not match, and through says how far it looked", () => {
  const position = start({ q: "a b" });
  assert.deepEqual(position.take({ type: "exchanges", items: [summary(15)], through: 20 }), [{ do: "put", items: [summary(15)] }]);
  assert.deepEqual(position.take({ type: "exchanges", items: [], through: 30 }), []);
  assert.equal(position.query(), "after=30&epoch=e1&q=a+b");
});

test("repeated records do not move the position back", () => {
  const position = start();
  position.take({ type: "exchanges", items: summaries(11, 12) });
  assert.deepEqual(position.take({ type: "exchanges", items: [summary(11)] }).map((step) => step.do), ["put"]);
  assert.equal(position.last, 12);
});

test("a restart asks for the list anew", () => {
  assert.deepEqual(start().take({ type: "gap", from: null, to: null, missed: null, reason: "restart" }), [{ do: "reload" }]);
});

test("deleted and cleared count in the sequence", () => {
  const position = start();
  assert.deepEqual(position.take({ type: "deleted", seq: 11, id: "x" }), [{ do: "remove", id: "x", seq: 11 }]);
  assert.deepEqual(position.take({ type: "cleared", seq: 12 }), [{ do: "clear", seq: 12 }]);
  assert.equal(position.last, 12);
});

test("bye asks for another connection at the same place", () => {
  const position = start();
  assert.deepEqual(position.take({ type: "bye", after: 10 }), [{ do: "reconnect" }]);
  assert.equal(position.last, 10);
});

test("hello and messages of a newer server change nothing", () => {
  const position = start();
  assert.deepEqual(position.take({ type: "hello", epoch: "e1", oldest: 1, head: 99 }), []);
  assert.deepEqual(position.take({ type: "weather" }), []);
  assert.equal(position.last, 10);
});

test("retries wait from a quarter of a second up to five, spread by chance", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 50].map((attempt) => retryDelay(attempt, 1)), [0.25, 0.5, 1, 2, 4, 5, 5]);
  assert.equal(retryDelay(0, 0), 0.125);
  assert.equal(retryDelay(50, 0), 2.5);
});
