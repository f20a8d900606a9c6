import assert from "node:assert/strict";
import { test } from "node:test";
import { latest, linePath, median, Rates } from "../../static/js/rates.js";

test("exchanges fall into the second in which they were heard of", () => {
  const rates = new Rates();
  rates.add(100.2, [1, 5, 3]);
  rates.add(100.9, [9]);
  rates.add(102, [7]);
  const series = rates.series(103.5);
  assert.equal(series.length, 60);
  assert.deepEqual(series.slice(-4), [
    { count: 0, median: null }, { count: 4, median: 5 }, { count: 0, median: null }, { count: 1, median: 7 },
  ]);
});

test("the running second is not shown: half a second is no rate", () => {
  const rates = new Rates();
  rates.add(100.1, [1]);
  assert.equal(rates.series(100.9).at(-1).count, 0);
  assert.equal(rates.series(101).at(-1).count, 1);
});

test("the figures of the moment are a mean of three seconds and the last median", () => {
  const rates = new Rates();
  rates.add(100, [2, 4, 6]);
  assert.deepEqual(latest(rates.series(102)), { perSecond: 1, median: 4 });
  assert.deepEqual(latest(rates.series(200)), { perSecond: 0, median: null });
});

test("a second keeps a bounded sample but counts all", () => {
  const rates = new Rates();
  for (let call = 0; call < 100; call += 1) rates.add(100, Array.from({ length: 50 }, () => call));
  const second = rates.series(101).at(-1);
  assert.equal(second.count, 5000);
  assert.ok(second.median < 4);
});

test("the median of nothing is nothing", () => {
  assert.deepEqual([median([]), median([3]), median([9, 1, 5])], [null, 3, 5]);
});

test("a line breaks where there is no value", () => {
  assert.equal(linePath([0, 10, null, 5], { width: 30, height: 12 }), "M0.0 11.0L10.0 1.0M30.0 6.0");
});

test("a line over nothing but zeros lies on the ground", () => {
  assert.equal(linePath([0, 0], { width: 10, height: 10 }), "M0.0 9.0L10.0 9.0");
});
