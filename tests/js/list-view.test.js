import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Exchanges } from "../../static/js/exchanges.js";
import { ListView } from "../../static/js/list-view.js";
import { summaries, summary } from "./summaries.js";

/** @type {Exchanges} */
let model;
/** @type {ListView} */
let view;

beforeEach(() => {
  model = new Exchanges();
  view = new ListView(model);
  model.put(summaries(1, 3));
  view.settle(false);
});

test("the newest is on top", () => {
  assert.deepEqual([0, 1, 2].map((index) => view.row(index)?.key), ["id-3", "id-2", "id-1"]);
});

test("held, newer rows wait, and no row moves", () => {
  view.settle(true);
  model.put(summaries(4, 8));
  assert.equal(view.waiting, 5);
  assert.equal(view.row(0)?.key, "id-3");
});

test("a view stays held where it was held first", () => {
  view.settle(true);
  model.put([summary(4)]);
  view.settle(true);
  assert.equal(view.row(0)?.key, "id-3");
});

test("let go, it shows all that waited", () => {
  view.settle(true);
  model.put(summaries(4, 8));
  view.settle(false);
  assert.equal(view.waiting, 0);
  assert.equal(view.row(0)?.key, "id-8");
});

test("rows that arrive between two paints wait when the reader scrolled away in between", () => {
  model.put([summary(4)]);
  view.settle(true);
  assert.equal(view.waiting, 1);
});

test("a held view that is cleared is empty, and what comes then waits", () => {
  view.settle(true);
  model.clearThrough(3);
  model.put([summary(5)]);
  assert.deepEqual([view.count, view.waiting], [0, 1]);
});

test("neighbours step over gaps and end at the ends", () => {
  model.addGap({ from: 4, to: 6, missed: 3, reason: "slow" });
  model.put([summary(7)]);
  view.settle(false);
  assert.equal(view.neighbour("id-7", 1), "id-3");
  assert.equal(view.neighbour("id-3", -1), "id-7");
  assert.equal(view.neighbour("id-7", -1), null);
  assert.equal(view.neighbour("id-1", 1), null);
});

test("from nowhere, or from what is not in the view, both ways lead to the first exchange", () => {
  assert.equal(view.neighbour(null, 1), "id-3");
  assert.equal(view.neighbour("unknown", -1), "id-3");
});

test("the ends skip gaps", () => {
  model.addGap({ from: 4, to: 6, missed: 3, reason: "slow" });
  view.settle(false);
  assert.deepEqual([view.end("newest"), view.end("oldest")], ["id-3", "id-1"]);
  assert.equal(new ListView(new Exchanges()).end("oldest"), null);
});
