import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe as group, test } from "node:test";
import { needlesOf } from "../../static/js/hits.js";
import { describe, learnFields, parse, removeTerm } from "../../static/js/search.js";

const vectors = JSON.parse(readFileSync(new URL("vectors.json", import.meta.url), "utf-8"));
learnFields(vectors.fields);
const chip = (text) => parse(text).map(describe);
const words = (text) => needlesOf(parse(text)).map(({ word }) => word);

group("any search, whether it makes sense or not, is taken apart without losing a character", () => {
  for (const { q } of vectors.cases) {
    test(JSON.stringify(q.slice(0, 60)), () => {
      const parts = parse(q);
      let at = 0;
      for (const { start, end, text } of parts) {
        assert.match(q.slice(at, start), /^[ \t\n\v\f\r\u00a0]*$/);
        assert.equal(text, q.slice(start, end));
        assert.ok(end > start);
        at = end;
      }
      if (parts.length) assert.match(q.slice(at), /^[ \t\n\v\f\r\u00a0]*$/);
      let rest = q;
      for (let left = parts.length; left > 0; left -= 1) rest = removeTerm(rest, 0);
      assert.deepEqual(parse(rest), []);
    });
  }
});

test("words to mark are those of the terms that may be found, in whatever group", () => {
  assert.deepEqual(words('Hay -straw path:=/x "two words" status:404'), ["hay", "/x", "two words"]);
  assert.deepEqual(words("a*b (c OR -d OR (header.host:e f)) -(g h)"), ["a", "b", "c", "e", "f"]);
  assert.deepEqual(words("x OR y"), ["x", "y"]);
  assert.deepEqual(words("http://localhost:8000/x"), ["http://localhost:8000/x"]);
});

test("what the server will refuse is a word, or as much of a field as there is", () => {
  assert.deepEqual(chip("nofield:x")[0], { text: "nofield:x", field: "", value: "nofield:x", negated: false, start: 0, end: 9 });
  assert.deepEqual(chip("header.:x").map(({ field, value }) => [field, value]), [["", "header.:x"]]);
  assert.deepEqual(chip("status:abc curl").map(({ field, value }) => [field, value]), [["status", "abc"], ["", "curl"]]);
  assert.deepEqual(chip('path:"open end').map(({ value }) => value), ['"open', "end"]);
  assert.deepEqual(chip("OR").map(({ value }) => value), ["OR"]);
  assert.deepEqual(chip("a OR").map(({ value }) => value), ["a OR"]);
  assert.deepEqual(chip("-"), [{ text: "-", field: "", value: "-", negated: false, start: 0, end: 1 }]);
});

test("a group is one chip, and so is what stands around an OR", () => {
  assert.deepEqual(chip('a -(b OR path:="/x y") c'), [
    { text: "a", field: "", value: "a", negated: false, start: 0, end: 1 },
    { text: '-(b OR path:="/x y")', field: "", value: '(b OR path:="/x y")', negated: true, start: 2, end: 22 },
    { text: "c", field: "", value: "c", negated: false, start: 23, end: 24 },
  ]);
  assert.deepEqual(chip(" a b  OR c "), [{ text: "a b  OR c", field: "", value: "a b  OR c", negated: false, start: 1, end: 10 }]);
  assert.deepEqual(chip("path:=/x")[0], { text: "path:=/x", field: "path", value: "=/x", negated: false, start: 0, end: 8 });
  assert.deepEqual(chip('(a ")" b) c').map(({ text }) => text), ['(a ")" b)', "c"]);
  assert.deepEqual(chip("(a b").map(({ text }) => text), ["(a b"]);
});

test("a term is described with its place, its field and its bare value", () => {
  assert.deepEqual(chip('  -header.X-Foo:"two \\"words\\"" 🦊'), [
    { text: '-header.X-Foo:"two \\"words\\""', field: "header.x-foo", value: 'two "words"', negated: true, start: 2, end: 31 },
    { text: "🦊", field: "", value: "🦊", negated: false, start: 32, end: 34 },
  ]);
});

for (const [text, index, rest] of [
  ["a b c", 0, "b c"],
  ["a b c", 1, "a c"],
  ["a b c", 2, "a b"],
  ["  a  ", 0, ""],
  ['-path:"x y"\tb', 0, "b"],
  ["a foo:bar", 0, "foo:bar"],
  ["a b", 2, "a b"],
  ["a (b OR c) d", 1, "a d"],
  ["a b OR c", 0, ""],
  ["a b", -1, "a b"],
]) {
  test(`${JSON.stringify(text)} without term ${index} is ${JSON.stringify(rest)}`, () => {
    assert.equal(removeTerm(text, index), rest);
  });
}
