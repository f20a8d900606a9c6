import assert from "node:assert/strict";
import { test } from "node:test";
import { compareBytes, compareFields, compareJson } from "../../static/js/compare.js";

const pairs = (text) => (text ? text.split(" ").map((pair) => pair.split("=")) : []);
const told = (rows) => rows.map(({ kind, name, a, b }) => `${kind} ${name} ${a ?? "-"} ${b ?? "-"}`);

/** @type {[string, string, string, string[]][]} */
const FIELDS = [
  ["nothing", "", "", []],
  ["the same", "a=1 b=2", "a=1 b=2", ["same a 1 1", "same b 2 2"]],
  ["a changed value", "a=1 b=2", "a=1 b=3", ["same a 1 1", "changed b 2 3"]],
  ["one more", "a=1", "a=1 b=2", ["same a 1 1", "added b - 2"]],
  ["one less", "a=1 b=2", "b=2", ["removed a 1 -", "same b 2 2"]],
  ["a repetition", "a=1 a=2", "a=1", ["same a 1 1", "removed a 2 -"]],
  ["a repetition in another order", "a=1 a=2", "a=2 a=1", ["moved a 1 -", "same a 2 2", "moved a - 1"]],
  ["another order", "a=1 b=2 c=3", "b=2 c=3 a=1", ["moved a 1 -", "same b 2 2", "same c 3 3", "moved a - 1"]],
];
for (const [name, a, b, expected] of FIELDS) {
  test(`fields: ${name}`, () => assert.deepEqual(told(compareFields(pairs(a), pairs(b))), expected));
}

test("thousands of fields are compared as far as the bound reaches", () => {
  const many = Array.from({ length: 5000 }, (_, index) => /** @type {[string, string]} */ ([`x-${index}`, "1"]));
  assert.equal(compareFields(many, many).length, 400);
});

const n = (number) => ({ number: String(number) });
const object = (...members) => ({ members });

test("JSON is compared by its members, whatever their order, and by the digits of its numbers", () => {
  const a = object(["id", n("12345678901234567890")], ["same", "x"], ["gone", null], ["list", [n(1), n(2)]]);
  const b = object(["same", "x"], ["id", n("12345678901234567891")], ["list", [n(1), n("2.0"), true]], ["new", object()]);
  assert.deepEqual(told(compareJson(a, b)), [
    "changed $.id 12345678901234567890 12345678901234567891", "removed $.gone null -",
    "changed $.list[1] 2 2.0", "added $.list[2] - true", "added $.new - {}",
  ]);
});

test("an array is no object, and a repeated key is compared with its like", () => {
  assert.deepEqual(told(compareJson([], object())), ["changed $ [] {}"]);
  assert.deepEqual(told(compareJson(object(["a", n(1)], ["a", n(2)]), object(["a", n(1)], ["a", n(3)]))), ["changed $.a (2) 2 3"]);
});

test("at most 300 differences of a JSON text are listed", () => {
  const list = (value) => Array.from({ length: 1000 }, () => n(value));
  assert.equal(compareJson(list(1), list(2)).length, 300);
});

test("bytes part where the first differs, or where the shorter ends", () => {
  const bytes = (text) => new TextEncoder().encode(text);
  assert.deepEqual(compareBytes(bytes("abcd"), bytes("abcd")), { first: null, differing: 0 });
  assert.deepEqual(compareBytes(bytes("abcd"), bytes("aXcY")), { first: 1, differing: 2 });
  assert.deepEqual(compareBytes(bytes("ab"), bytes("abc")), { first: 2, differing: 0 });
});
