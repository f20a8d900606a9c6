import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPlace, parsePlace } from "../../static/js/address.js";

const list = { q: "", isPinned: false, id: null, tab: "overview", other: null };

test("the bare address is the list", () => {
  assert.deepEqual(parsePlace(""), list);
  assert.equal(formatPlace({ ...list, tab: "events", other: "b" }), "");
});

for (const place of [
  { ...list, q: "method:POST a&b=c #x" },
  { ...list, id: "k3v9q2ma-1f", tab: "events" },
  { ...list, q: "\"caf\u00e9\" -status:>=400", id: "a/b?c", tab: "response" },
  { ...list, isPinned: true, id: "a", other: "b" },
]) {
  test(`an address leads back to ${JSON.stringify(place)}`, () => assert.deepEqual(parsePlace(formatPlace(place)), place));
}

test("a tab that does not exist is the first one", () => {
  assert.equal(parsePlace("?id=x&tab=constructor").tab, "overview");
});

test("the pinned ones are not searched, and nothing is compared with nothing", () => {
  assert.deepEqual(parsePlace("?pinned=1&q=x&with=b"), { ...list, isPinned: true });
});
