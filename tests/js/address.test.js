import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPlace, parsePlace } from "../../static/js/address.js";

test("the bare address is the list", () => {
  assert.deepEqual(parsePlace(""), { q: "", id: null, tab: "overview" });
  assert.equal(formatPlace({ q: "", id: null, tab: "events" }), "");
});

for (const place of [
  { q: "method:POST a&b=c #x", id: null, tab: "overview" },
  { q: "", id: "k3v9q2ma-1f", tab: "events" },
  { q: "\"caf\u00e9\" -status:>=400", id: "a/b?c", tab: "response" },
]) {
  test(`an address leads back to ${JSON.stringify(place)}`, () => assert.deepEqual(parsePlace(formatPlace(place)), place));
}

test("a tab that does not exist is the first one", () => {
  assert.equal(parsePlace("?id=x&tab=constructor").tab, "overview");
});
