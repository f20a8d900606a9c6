import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe as group, test } from "node:test";
import { describe, learnFields, parse, removeTerm, termsIn } from "../../static/js/search.js";
import { BEYOND_SUMMARY, matchesSummary } from "../../static/js/search-matching.js";

const vectors = JSON.parse(readFileSync(new URL("vectors.json", import.meta.url), "utf-8"));
learnFields(vectors.fields);
const summaries = vectors.exchanges.map((exchange) => exchange.summary);
const needsServer = ({ error, terms }) => error !== null || termsIn(terms).some(({ field }) => BEYOND_SUMMARY.has(field));
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

test("what the server masked in a query string is left to the server", () => {
  const summary = { ...summaries[2], query_string: "token=redacted-0a1b2c3d&page=2&x=redacted" };
  const verdict = (q) => matchesSummary(parse(q), summary);
  for (const q of ["query.token:abc", "-query.token:abc", "query.token:redacted", "query.token:=abc", "query:abc", "query:redacted",
    "-query:page", "redacted-0a1b2c3d", "query:redacted OR status:200"]) assert.equal(verdict(q), null, q);
  assert.equal(verdict("query.page:2"), true);
  assert.equal(verdict("query.page:3"), false);
  assert.equal(verdict("query.x:=redacted"), true);
  assert.equal(verdict("query.absent:"), false);
  assert.equal(verdict("query.token:abc status:200"), false);
  assert.equal(verdict("query.token:abc OR status:404"), true);
});

test("what a summary does not hold is unknown in any group", () => {
  const verdict = (q) => matchesSummary(parse(q), summaries[1]);
  for (const q of ["json.a:b", "-json.a:b", "json.a:", "since:5m", "-since:1d", "is:pinned", "note:x", "-note:", "response.header.x:y",
    "status:404 OR json.a:b", "-(status:404 OR since:5m)", "(status:200 is:pinned)"]) assert.equal(verdict(q), null, q);
  assert.equal(verdict("status:200 OR json.a:b"), true);
  assert.equal(verdict("-(status:200 OR json.a:b)"), false);
  assert.equal(verdict("status:404 json.a:b"), false);
});

test("a group is one chip, and so is what stands around an OR", () => {
  assert.deepEqual(chip('a -(b OR path:="/x y") c'), [
    { text: "a", field: "", value: "a", negated: false, start: 0, end: 1 },
    { text: '-(b OR path:="/x y")', field: "", value: '(b OR path:="/x y")', negated: true, start: 2, end: 22 },
    { text: "c", field: "", value: "c", negated: false, start: 23, end: 24 },
  ]);
  assert.deepEqual(chip(" a b  OR c "), [{ text: "a b  OR c", field: "", value: "a b  OR c", negated: false, start: 1, end: 10 }]);
  assert.deepEqual(chip("path:=/x")[0], { text: "path:=/x", field: "path", value: "=/x", negated: false, start: 0, end: 8 });
  assert.deepEqual(chip("a OR (b"), chip("a"));
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
  ["a (b OR c) d", 1, "a d"],
  ["a b OR c", 0, ""],
  ["a b", -1, "a b"],
]) {
  test(`${JSON.stringify(text)} without term ${index} is ${JSON.stringify(rest)}`, () => {
    assert.equal(removeTerm(text, index), rest);
  });
}
