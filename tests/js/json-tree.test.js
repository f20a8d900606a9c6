import assert from "node:assert/strict";
import { test } from "node:test";
import { entriesOf, findEntries, jsonText, sizeOf, typeOf } from "../../static/js/json-tree.js";

const root = (node) => ({ key: "$", path: "$", level: 1, node });
const n = (number) => ({ number });
const TREE = { members: [["a", [n("1.0"), "x\"y", null]], ["a", true], ["odd key's", { members: [] }], ["", []]] };

test("paths are those of RFC 9535, repeated keys keep their places", () => {
  assert.deepEqual(entriesOf(root(TREE)).map(({ path }) => path), ["$.a", "$.a", "$['odd key\\'s']", "$['']"]);
  assert.deepEqual(entriesOf(entriesOf(root(TREE))[0]).map(({ path, level }) => `${path} ${level}`), ["$.a[0] 3", "$.a[1] 3", "$.a[2] 3"]);
});

test("a part of the children has the indexes of the whole", () => {
  const entries = entriesOf(root(Array.from({ length: 300 }, () => null)), 100, 102);
  assert.deepEqual(entries.map(({ key }) => key), ["100", "101"]);
});

test("JSON is written again with its digits, order and repetitions", () => {
  assert.equal(jsonText(TREE), "{\n  \"a\": [\n    1.0,\n    \"x\\\"y\",\n    null\n  ],\n  \"a\": true,\n  \"odd key's\": {},\n  \"\": []\n}");
});

test("nodes know what they are and how many they hold", () => {
  assert.deepEqual([TREE, [null], "x", n("1"), false].map(typeOf), ["holder", "holder", "string", "number", "literal"]);
  assert.deepEqual([TREE, [null], "x", n("1"), null].map(sizeOf), [4, 1, -1, -1, -1]);
});

test("keys and values are found in the order of the document, letters of either case", () => {
  const paths = (wanted) => findEntries([root(TREE)], wanted, 10).map(({ path }) => path);
  assert.deepEqual(paths("X\""), ["$.a[1]"]);
  assert.deepEqual(paths("A"), ["$.a", "$.a"]);
  assert.deepEqual(paths("1.0"), ["$.a[0]"]);
  assert.deepEqual(paths("nothing"), []);
});

test("a search of 100,000 values stops at its limit and needs no stack", () => {
  let deep = /** @type {any} */ ("needle");
  for (let level = 0; level < 64; level += 1) deep = [deep];
  const wide = Array.from({ length: 100_000 }, () => "needle");
  assert.equal(findEntries([root([deep, wide])], "needle", 200).length, 200);
});
