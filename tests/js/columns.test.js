import assert from "node:assert/strict";
import { test } from "node:test";
import { comparing, fitting, known, template, USUAL } from "../../static/js/columns.js";
import { Exchanges, leftBehind } from "../../static/js/exchanges.js";
import { footText } from "../../static/js/foot.js";
import { ListView } from "../../static/js/list-view.js";
import { summary } from "./summaries.js";

/** What the path is given when the others have theirs. @param {string[]} names @param {number} width */
function pathWidth(names, width) {
  const fixed = template(names).match(/\d+px(?!,)/g)?.map(parseFloat) ?? [];
  const grown = [...template(names).matchAll(/minmax\((\d+)px/g)].map(([, least]) => Number(least)).slice(1);
  return width - 24 - 8 * (names.length - 1) - [...fixed, ...grown].reduce((sum, one) => sum + one, 0);
}

for (const width of [340, 377, 460, 662, 790, 1000, 1440, 1900, 3840]) {
  test(`at ${width} pixels the path has room, and the columns their order`, () => {
    const names = fitting(USUAL, width);
    assert.deepEqual(names, USUAL.filter((name) => names.includes(name)));
    assert.ok(names.includes("path") && names.includes("status"));
    assert.ok(pathWidth(names, width) >= 160, String(pathWidth(names, width)));
  });
}

test("wide lists have all usual columns, narrow ones what tells rows apart", () => {
  assert.deepEqual(fitting(USUAL, 1900), USUAL);
  assert.deepEqual(fitting(USUAL, 377), ["status", "method", "path"]);
});

test("what was kept and is unknown is left out, and a path is always there", () => {
  assert.deepEqual(known(["age", "gone", "age"]), ["age", "path"]);
});

const model = (...items) => {
  const exchanges = new Exchanges();
  exchanges.put(items);
  return exchanges;
};
const shown = (view) => Array.from({ length: view.count }, (_, index) => view.row(index).key);
const at = (seq, path, duration) => ({ ...summary(seq), path, duration_ms: duration });

test("a list sorted by a column is sorted, equal ones the newest first", () => {
  const view = new ListView(model(at(1, "/a", 5), at(2, "/b", 1), at(3, "/c", 5)), () => 0);
  view.arrange({ compare: comparing("duration", true), isFolded: false });
  view.settle(false);
  assert.deepEqual(shown(view), [at(3).id, at(1).id, at(2).id]);
  view.arrange({ compare: comparing("duration", false), isFolded: false });
  view.settle(false);
  assert.deepEqual(shown(view), [at(2).id, at(3).id, at(1).id]);
});

test("rows of a kind are folded into the newest, and unfold", () => {
  const view = new ListView(model(at(1, "/a", 1), at(2, "/b", 1), at(3, "/a", 1)), () => 0);
  view.arrange({ compare: null, isFolded: true });
  view.settle(false);
  assert.deepEqual(shown(view), [at(3).id, at(2).id]);
  assert.deepEqual(view.foldOf(at(3).id), { size: 2, isOpen: false });
  assert.equal(view.foldOf(at(2).id), null);
  view.toggleFold(at(3).id);
  assert.deepEqual(shown(view), [at(3).id, at(1).id, at(2).id]);
});

test("a sorted list that is held stays, but what was deleted goes", () => {
  let now = 0;
  const exchanges = model(at(1, "/a", 1), at(2, "/b", 2));
  const view = new ListView(exchanges, () => now);
  view.arrange({ compare: comparing("duration", true), isFolded: false });
  view.settle(true);
  now = 10_000;
  exchanges.put([at(3, "/c", 9)]);
  view.settle(true);
  assert.deepEqual([shown(view), view.waiting], [[at(2).id, at(1).id], 1]);
  exchanges.remove(at(2).id);
  view.settle(true);
  assert.deepEqual(shown(view), [at(1).id]);
  view.settle(false);
  assert.deepEqual(shown(view), [at(3).id, at(1).id]);
});

test("what a restart leaves stands below, under a line that says so", () => {
  const exchanges = model(at(5, "/a", 1), at(9, "/b", 1));
  const left = leftBehind(exchanges.rows, 1000);
  exchanges.replaceAll([at(1, "/new", 1)]);
  exchanges.addLeft(left);
  const view = new ListView(exchanges);
  assert.deepEqual(shown(view), [at(1).id, "restart-1000", at(9).id, at(5).id]);
  exchanges.addOlder([]);
  exchanges.clearThrough(1);
  assert.equal(exchanges.size, 0);
});

const amounts = { pinned: null, shown: 200, gone: 0, kept: 1000, isComplete: false, q: "", isSearching: false, progress: null, isCutOff: false, trimmed: 0 };
/** @type {[string, object, string][]} */
const FEET = [
  ["part of it", {}, "200 of 1,000 kept · older ones load as you scroll"],
  ["all of it", { shown: 61, kept: 61, isComplete: true }, "61 exchanges"],
  ["lines", { shown: 55_200, gone: 54_200 }, "1,000 exchanges kept · of 54,200 only the line is left"],
  ["a search that goes on", { q: "a", isSearching: true, shown: 3, progress: { done: 500, total: 1000 } }, "Searching 500 of 1,000: 3 found so far"],
  ["a search that has enough", { q: "a", progress: { done: 500, total: 1000 } }, "200 found in the newest 500 of 1,000 · older ones are searched as you scroll"],
  ["a search that is done", { q: "a", shown: 3 }, "3 found"],
  ["a search without a server", { q: "a", shown: 3, isCutOff: true }, "The server does not answer, and only it can search"],
  ["pins", { pinned: 2 }, "2 pinned: they survive clearing and making room"],
];
for (const [name, change, expected] of FEET) {
  test(`the foot of ${name}`, () => assert.equal(footText({ ...amounts, ...change }), expected));
}
