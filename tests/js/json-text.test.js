import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonError, layOutJson } from "../../static/js/json-text.js";

const pretty = (text) => layOutJson(text).map((token) => token.text).join("");

for (const value of [{}, [], { a: [1, { b: null }], "": [[], {}] }, "x", 3, [true, false], { "a\"}": "{\\\"[,:" }]) {
  test(`${JSON.stringify(value)} is laid out as JSON.stringify does`, () => {
    assert.equal(pretty(JSON.stringify(value)), JSON.stringify(value, null, 2));
  });
}

test("nothing of the text is changed: digits, escapes, repeated keys, order", () => {
  const text = "{\"2\": 12345678901234567890, \"1\": 1.0, \"1\": 1E400, \"u\": \"\\u00e9\\/\"}";
  assert.equal(pretty(text), "{\n  \"2\": 12345678901234567890,\n  \"1\": 1.0,\n  \"1\": 1E400,\n  \"u\": \"\\u00e9\\/\"\n}");
});

test("tokens know what they are", () => {
  const types = layOutJson("{\"k\": [\"s\", -1.5e3, null]}").filter((token) => token.type !== "layout");
  assert.deepEqual(types.map((token) => token.type), ["key", "string", "number", "literal"]);
});

test("deep nesting does not overflow", () => {
  assert.ok(pretty("[".repeat(3000) + "]".repeat(3000)).length > 6000);
});

test("what is not JSON says why", () => {
  assert.equal(jsonError("[1]"), null);
  assert.match(jsonError("{\"a\": 1,, }") ?? "", /position 8|column 9/);
});
