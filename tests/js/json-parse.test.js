import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "../../static/js/json-parse.js";
import { jsonText } from "../../static/js/json-tree.js";

const flat = (read) => read && [jsonText(read.node).replace(/\s+/g, ""), read.isCut];

/** @type {[string, [string, boolean] | null][]} */
const TEXTS = [
  ['{"a": 12345678901234567890, "a": 1.0, "b": [true, null, "x\\n"]}', ['{"a":12345678901234567890,"a":1.0,"b":[true,null,"x\\n"]}', false]],
  ["[]", ["[]", false]],
  ['"text"', ['"text"', false]],
  ['{"a": [1, 2, {"b": "cut he', ['{"a":[1,2,{}]}', true]],
  ['{"a": [1, 2', ['{"a":[1,2]}', true]],
  ['{"a": 1, "b"', ['{"a":1}', true]],
  ['{"a": tru', ["{}", true]],
  ["[1, -", ["[1]", true]],
  ["[", ["[]", true]],
  ["", null],
  ["{a: 1}", null],
  ["[1 2]", null],
  ['{"a": oops}', null],
  ["[1] x", null],
  ["[".repeat(100), null],
];
for (const [text, expected] of TEXTS) {
  test(`JSON ${text.slice(0, 40)} is read as far as it goes`, () => assert.deepEqual(flat(parseJson(text)), expected));
}
