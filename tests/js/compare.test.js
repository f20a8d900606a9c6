import assert from "node:assert/strict";
import { test } from "node:test";
import { formFields } from "../../static/js/content.js";
import { compareBodies, compareBytes, compareFields, compareJson, compareLines, compareQueries } from "../../static/js/compare.js";

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

test("thousands of fields are all compared: the last one differs", () => {
  const many = (last) => Array.from({ length: 5000 }, (_, index) => /** @type {[string, string]} */ ([`x-${index}`, index === 4999 ? last : "1"]));
  const rows = compareFields(many("1"), many("2"));
  assert.equal(rows.length, 5000);
  assert.deepEqual(told(rows.filter(({ kind }) => kind !== "same")), ["changed x-4999 1 2"]);
});

test("where more differ than are aligned, the rest is compared in its order", () => {
  const many = (value) => Array.from({ length: 1000 }, (_, index) => /** @type {[string, string]} */ ([`x-${index}`, index % 2 ? "1" : value]));
  const rows = compareFields(many("a"), many("b"));
  assert.equal(rows.filter(({ kind }) => kind === "changed").length, 500);
});

/** @type {[string, string, string[]][]} */
const QUERIES = [
  ["a=%2F", "a=/", ["written a a=%2F a=/"]],
  ["a=x+y", "a=x%20y", ["written a a=x+y a=x%20y"]],
  ["a", "a=", ["written a a a="]],
  ["a=%c3%a9", "a=%C3%A9", ["written a a=%c3%a9 a=%C3%A9"]],
  ["a=1&b=2", "a=1&b=2", ["same a a=1 a=1", "same b b=2 b=2"]],
  ["a=1", "a=2", ["changed a a=1 a=2"]],
  ["a=1&b=2", "b=2&a=1", ["moved a a=1 -", "same b b=2 b=2", "moved a - a=1"]],
  ["", "a", ["added a - a"]],
];
for (const [a, b, expected] of QUERIES) {
  test(`queries ${a} and ${b}`, () => assert.deepEqual(told(compareQueries(a, b, formFields)), expected));
}

test("texts are compared by line", () => {
  assert.deepEqual(told(compareLines("a\nb\nc", "a\nx\nc\nd")), ["same line 1 a a", "changed line 2 b x", "same line 3 c c", "added line 4 - d"]);
});

/** @type {[string, object, object, [boolean | null, string]][]} */
const BODIES = [
  ["whole and equal", {}, {}, [true, "whole"]],
  ["of another size", { size: 4 }, { size: 5, isCut: true }, [false, "size"]],
  ["cut, with equal digests", { size: 9, isCut: true, sha256: "x" }, { size: 9, isCut: true, sha256: "x" }, [true, "digest"]],
  ["cut, with other digests", { size: 9, isCut: true, sha256: "x" }, { size: 9, isCut: true, sha256: "y" }, [false, "digest"]],
  ["cut, without digests", { size: 9, isCut: true }, { size: 9, isCut: true }, [null, "kept"]],
  ["with secrets that are hidden", { isMasked: true }, { isMasked: true }, [null, "kept"]],
  ["that differ where they are kept", { text: "abcd", sha256: "x" }, { text: "abcX", sha256: "y" }, [false, "kept"]],
];
for (const [name, a, b, expected] of BODIES) {
  test(`bodies ${name}`, () => {
    const body = ({ text = "abcd", size = text.length, isCut = false, sha256 = null, isMasked = false }) =>
      ({ bytes: new TextEncoder().encode(text), size, isCut, sha256, isMasked });
    const { isSame, known } = compareBodies(body(a), body(b));
    assert.deepEqual([isSame, known], expected);
  });
}

const n = (number) => ({ number: String(number) });
const object = (...members) => ({ members });

test("JSON is compared by its members, whatever their order, and by the digits of its numbers", () => {
  const a = object(["id", n("12345678901234567890")], ["same", "x"], ["gone", null], ["list", [n(1), n(2)]]);
  const b = object(["same", "x"], ["id", n("12345678901234567891")], ["list", [n(1), n("2.0"), true]], ["new", object()]);
  assert.deepEqual(told(compareJson(a, b).rows), [
    "changed $.id 12345678901234567890 12345678901234567891", "removed $.gone null -",
    "changed $.list[1] 2 2.0", "added $.list[2] - true", "added $.new - {}",
  ]);
});

test("an array is no object, and a repeated key is compared with its like", () => {
  assert.deepEqual(told(compareJson([], object()).rows), ["changed $ [] {}"]);
  assert.deepEqual(told(compareJson(object(["a", n(1)], ["a", n(2)]), object(["a", n(1)], ["a", n(3)])).rows), ["changed $.a (2) 2 3"]);
});

test("at most 300 differences of a JSON text are listed", () => {
  const list = (value) => Array.from({ length: 1000 }, () => n(value));
  const { rows, isWhole } = compareJson(list(1), list(2));
  assert.deepEqual([rows.length, isWhole], [300, false]);
  assert.equal(compareJson(list(1), list(1)).isWhole, true);
});

test("an item that was put into an array is one difference", () => {
  const list = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => n(from + index));
  assert.deepEqual(told(compareJson(list(1, 8), list(0, 8)).rows), ["added $[0] - 0"]);
  assert.deepEqual(told(compareJson([n(1), n(2), n(3)], [n(1), n(3)]).rows), ["removed $[1] 2 -"]);
  const nested = (value) => [object(["a", n(1)]), object(["a", n(value)]), object(["a", n(3)])];
  assert.deepEqual(told(compareJson(nested(2), nested(9)).rows), ["changed $[1].a 2 9"]);
});

test("JSON that is only written differently has no difference, a repeated key in another order has", () => {
  assert.deepEqual(compareJson(object(["a", n(1)], ["b", [object(["c", n(1)], ["d", n(2)])]]), object(["b", [object(["d", n(2)], ["c", n(1)])]], ["a", n(1)])).rows, []);
  assert.equal(compareJson(object(["a", n(1)], ["a", n(2)]), object(["a", n(2)], ["a", n(1)])).rows.length, 2);
});

test("bytes part where the first differs, or where the shorter ends", () => {
  const bytes = (text) => new TextEncoder().encode(text);
  assert.deepEqual(compareBytes(bytes("abcd"), bytes("abcd")), { first: null, differing: 0 });
  assert.deepEqual(compareBytes(bytes("abcd"), bytes("aXcY")), { first: 1, differing: 2 });
  assert.deepEqual(compareBytes(bytes("ab"), bytes("abc")), { first: 2, differing: 0 });
});
