import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe as group, test } from "node:test";
import { describe, learnFields, parse, removeTerm } from "../../static/js/search.js";
import { BEYOND_SUMMARY, matchesSummary } from "../../static/js/search-matching.js";

const vectors = JSON.parse(readFileSync(new URL("vectors.json", import.meta.url), "utf-8"));
learnFields(vectors.fields);
const summaries = vectors.exchanges.map((exchange) => exchange.summary);
const needsServer = ({ error, terms }) => error !== null || terms.some(({ field }) => BEYOND_SUMMARY.has(field));
const chip = (text) => parse(text).terms.map(describe);

group("a search finds what the vectors say, or leaves it to the server", () => {
  for (const { q, matches, server = false } of vectors.cases.filter((one) => one.matches)) {
    test(JSON.stringify(q.slice(0, 60)), () => {
      const search = parse(q);
      assert.equal(search.error, null);
      assert.equal(needsServer(search), server);
      for (const summary of summaries) {
        const verdict = matchesSummary(search, summary);
        if (verdict !== null || !server) assert.equal(verdict, matches.includes(summary.seq), `exchange ${summary.seq}`);
      }
    });
  }
});

group("a search that makes no sense is refused as the server refuses it", () => {
  for (const { q, error } of vectors.cases.filter((one) => one.error)) {
    test(JSON.stringify(q.slice(0, 60)), () => {
      const search = parse(q);
      assert.ok(search.error?.includes(error), search.error ?? "no error");
      assert.equal(matchesSummary(search, summaries[0]), null);
      assert.equal(needsServer(search), true);
    });
  }
});

test("what a summary holds of headers and bodies is decided without the server", () => {
  const verdict = (q, seq) => matchesSummary(parse(q), summaries[seq - 1]);
  assert.equal(verdict("curl", 1), true);
  assert.equal(verdict("-curl", 1), false);
  assert.equal(verdict("header.user-agent:curl", 1), true);
  assert.equal(verdict("header.user-agent:curl", 7), false);
  assert.equal(verdict("header.user-agent:curl", 2), null);
  assert.equal(verdict("request.body:x", 1), false);
  assert.equal(verdict("-request.body:", 1), true);
  assert.equal(verdict("body:x", 1), null);
  assert.equal(verdict("unheard-of", 1), null);
  assert.equal(verdict("unheard-of status:404", 1), false);
});

test("a term is described with its place, its field and its bare value", () => {
  assert.deepEqual(chip('  -header.X-Foo:"two \\"words\\"" 🦊'), [
    { text: '-header.X-Foo:"two \\"words\\""', field: "header.x-foo", value: 'two "words"', negated: true, start: 2, end: 31 },
    { text: "🦊", field: "", value: "🦊", negated: false, start: 32, end: 34 },
  ]);
});

test("the terms before an error are still described", () => {
  const search = parse("curl status:abc path:/");
  assert.deepEqual(search.terms.map(describe), chip("curl"));
  assert.match(search.error ?? "", /^status at position 6 must be/);
});

for (const [text, index, rest] of [
  ["a b c", 0, "b c"],
  ["a b c", 1, "a c"],
  ["a b c", 2, "a b"],
  ["  a  ", 0, ""],
  ['-path:"x y"\tb', 0, "b"],
  ["a foo:bar", 0, "foo:bar"],
  ["a b", 2, "a b"],
  ["a b", -1, "a b"],
]) {
  test(`${JSON.stringify(text)} without term ${index} is ${JSON.stringify(rest)}`, () => {
    assert.equal(removeTerm(text, index), rest);
  });
}
