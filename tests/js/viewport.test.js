import assert from "node:assert/strict";
import { test } from "node:test";
import { rowsInView, scrollToRow } from "../../static/js/viewport.js";

const view = { height: 280, rowHeight: 28, overscan: 0 };

test("at the top the rows are those that fit", () => {
  assert.deepEqual(rowsInView({ ...view, scrollTop: 0, count: 100_000 }), { first: 0, last: 10 });
});

test("a row that is partly in sight counts, at both ends", () => {
  assert.deepEqual(rowsInView({ ...view, scrollTop: 14, count: 100 }), { first: 0, last: 11 });
});

test("rows beyond the sight are kept ready on both sides", () => {
  assert.deepEqual(rowsInView({ ...view, scrollTop: 2800, count: 1000, overscan: 6 }), { first: 94, last: 116 });
});

test("the end of the list is the end", () => {
  assert.deepEqual(rowsInView({ ...view, scrollTop: 2_799_720, count: 100_000 }), { first: 99_990, last: 100_000 });
});

test("a list that became shorter than the scroll position shows nothing rather than rows that are not there", () => {
  assert.deepEqual(rowsInView({ ...view, scrollTop: 5000, count: 3 }), { first: 3, last: 3 });
});

test("an elastic scroll above the top shows the top", () => {
  assert.deepEqual(rowsInView({ ...view, scrollTop: -60, count: 50 }), { first: 0, last: 10 });
});

test("scrolling to a row moves as little as possible", () => {
  const at = (index) => scrollToRow({ index, scrollTop: 280, height: 280, rowHeight: 28 });
  assert.deepEqual([9, 10, 19, 20, 0].map(at), [252, 280, 280, 308, 0]);
});
