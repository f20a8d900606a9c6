import assert from "node:assert/strict";
import { test } from "node:test";
import { Comparison, pathSearch } from "../../static/js/comparison.js";
import { learnFields, parse } from "../../static/js/search.js";
import { summary } from "./summaries.js";

learnFields([{ name: "path" }]);

for (const path of ["/plain", "/with space", '/"quoted" \\ and slashed', "/" + "long".repeat(2000)]) {
  test(`a search for the path ${path.slice(0, 30)} is understood, and finds it`, () => {
    const [term, ...others] = parse(pathSearch(path));
    assert.deepEqual([term.field, others], ["path", []]);
    assert.ok(term.value && path.startsWith(term.value));
  });
}

test("the previous one of the same path is the latest that has exactly it", async () => {
  const asked = [];
  const items = [summary(8, { path: "/a/longer" }), summary(7, { path: "/a" }), summary(6, { path: "/a" })];
  const comparison = new Comparison({ exchanges: async (wish) => (asked.push(wish), { items }) });
  assert.equal(await comparison.previous(summary(9, { path: "/a" })), "id-7");
  assert.equal(asked[0].before, 9);
  assert.equal(await comparison.previous(summary(9, { path: "/b" })), null);
});
