import assert from "node:assert/strict";
import { test } from "node:test";
import { matching } from "../../static/js/palette.js";

const choices = ["Pause and resume", "Copy as curl", "Clear the list", "Compare with the previous one"].map((text) => ({ text }));
const found = (typed) => matching(choices, typed).map(({ text }) => text);

test("nothing typed is everything, in its order", () => assert.deepEqual(matching(choices, " "), choices));

test("the beginning of the text goes before the beginning of a word, and that before its inside", () => {
  assert.deepEqual(found("c"), ["Copy as curl", "Clear the list", "Compare with the previous one"]);
  assert.deepEqual(found("re"), ["Pause and resume", "Compare with the previous one"]);
  assert.deepEqual(found("curl"), ["Copy as curl"]);
  assert.deepEqual(found("crl"), []);
});

test("every word has to be found, in any order and case", () => {
  assert.deepEqual(found("PREV comp"), ["Compare with the previous one"]);
  assert.deepEqual(found("compare curl"), []);
});

test("letters that are no pattern stay letters", () => assert.deepEqual(found(".*"), []));
