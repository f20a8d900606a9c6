import assert from "node:assert/strict";
import { test } from "node:test";
import { Exchanges } from "../../static/js/exchanges.js";
import { summaries, summary } from "./summaries.js";

const keys = (model) => Array.from({ length: model.size }, (_, index) => model.at(index).key);

test("a page of the API, newest first, stands oldest first in the model", () => {
  const model = new Exchanges();
  model.replaceAll(summaries(1, 3).toReversed());
  assert.deepEqual(keys(model), ["id-1", "id-2", "id-3"]);
});

test("a later record of an exchange updates it where it stands", () => {
  const model = new Exchanges();
  model.put([summary(1, { state: "open", status: null }), ...summaries(2, 3)]);
  model.put([summary(4, { id: "id-1", state: "done" })]);
  assert.deepEqual(keys(model), ["id-1", "id-2", "id-3"]);
  assert.equal(model.get("id-1").state, "done");
});

test("an earlier record that comes late does not undo a later one", () => {
  const model = new Exchanges();
  model.put([summary(9, { id: "a", state: "done" })]);
  model.put([summary(5, { id: "a", state: "open" })]);
  assert.equal(model.get("a").state, "done");
});

test("older pages go before what is there, without what is already there", () => {
  const model = new Exchanges();
  model.replaceAll(summaries(4, 5).toReversed());
  model.addOlder([summary(4), summary(3), summary(2)]);
  assert.deepEqual(keys(model), ["id-2", "id-3", "id-4", "id-5"]);
});

test("a gap stands at its place and grows when it goes on", () => {
  const model = new Exchanges();
  model.put(summaries(1, 2));
  model.addGap({ from: 3, to: 5, missed: 3, reason: "slow" });
  model.addGap({ from: 6, to: 9, missed: 4, reason: "slow" });
  model.put([summary(10)]);
  assert.deepEqual(keys(model), ["id-1", "id-2", "gap-3", "id-10"]);
  assert.equal(model.at(2).missed, 7);
});

test("gaps with exchanges between them stay two", () => {
  const model = new Exchanges();
  model.addGap({ from: 1, to: 1, missed: 1, reason: "slow" });
  model.put([summary(2)]);
  model.addGap({ from: 3, to: 3, missed: 1, reason: "slow" });
  assert.deepEqual(keys(model), ["gap-1", "id-2", "gap-3"]);
});

test("clearing through a seq leaves what came after it, and an open exchange that was heard of since", () => {
  const model = new Exchanges();
  model.put([summary(1, { state: "open" }), ...summaries(2, 4)]);
  model.put([summary(6, { id: "id-1", state: "open" })]);
  model.clearThrough(3);
  assert.deepEqual(keys(model), ["id-1", "id-4"]);
  assert.equal(model.get("id-2"), undefined);
  assert.equal(model.positionOf("id-4"), 1);
});

test("a removed exchange leaves the others at their places", () => {
  const model = new Exchanges();
  model.put(summaries(1, 3));
  assert.equal(model.remove("id-2"), true);
  assert.equal(model.remove("id-2"), false);
  assert.deepEqual(keys(model), ["id-1", "id-3"]);
});

test("beyond its bound the model drops the oldest and counts them", () => {
  const model = new Exchanges(1000);
  model.put(summaries(1, 1011));
  assert.equal(model.size, 1000);
  assert.equal(model.trimmed, 11);
  assert.equal(model.at(0).key, "id-12");
  assert.equal(model.get("id-11"), undefined);
});

test("counting through a place finds the rows up to it", () => {
  const model = new Exchanges();
  model.put([summary(2), summary(5), summary(9)]);
  assert.deepEqual([0, 2, 4, 5, 8, 9, 99].map((order) => model.countThrough(order)), [0, 1, 1, 2, 2, 3, 3]);
});

test("keeping some exchanges keeps the gaps between them", () => {
  const model = new Exchanges();
  model.put(summaries(1, 2));
  model.addGap({ from: 3, to: 4, missed: 2, reason: "slow" });
  model.put([summary(5)]);
  model.keep((item) => item.seq === 2);
  assert.deepEqual(keys(model), ["id-2", "gap-3"]);
  assert.equal(model.get("id-5"), undefined);
});

test("the exchange that began last by a moment is found, and before all of them the oldest", () => {
  const model = new Exchanges();
  const at = (second) => `2026-11-22T09:00:0${second}.000500Z`;
  model.put([summary(1, { started_at: at(2) }), summary(2, { started_at: at(1) }), summary(3, { started_at: at(4) })]);
  const last = (second) => model.lastBy(Date.UTC(2026, 10, 22, 9, 0, second, 500));
  assert.deepEqual([0, 1, 3, 5].map(last), ["id-1", "id-2", "id-1", "id-3"]);
  assert.equal(model.oldestMoment, Date.parse(at(2)));
  assert.equal(new Exchanges().lastBy(0), null);
});
