import assert from "node:assert/strict";
import { test } from "node:test";

import { Resends } from "../../static/js/resends.js";
import { moreChoices } from "../../static/js/palette.js";

/** A browser's storage. */
globalThis.localStorage = /** @type {any} */ ({
  /** @type {Map<string, string>} */
  values: new Map(),
  /** @param {string} name */
  getItem(name) { return this.values.get(name) ?? null; },
  /** @param {string} name @param {string} value */
  setItem(name, value) { this.values.set(name, value); },
});

test("what was sent again is known by its origin, also on the next visit", () => {
  const resends = new Resends();
  resends.add({ id: "b", of: "a", to: "" });
  resends.add({ id: "c", of: "a", to: "https://example.com/x" });
  for (const one of [resends, new Resends()]) {
    assert.equal(one.originOf("b"), "a");
    assert.equal(one.originOf("a"), null);
    assert.equal(one.wordsOf("b"), "sent again");
    assert.equal(one.wordsOf("c"), "sent to example.com/x");
    assert.equal(one.wordsOf("a"), "");
  }
});

test("the latest two hundred are remembered", () => {
  const resends = new Resends();
  for (let number = 0; number < 250; number += 1) resends.add({ id: `n${number}`, of: "a", to: "" });
  assert.equal(resends.originOf("n0"), null);
  assert.equal(resends.originOf("n249"), "a");
});

test("addresses are remembered once, the last one first, and offered by name", () => {
  const resends = new Resends();
  for (const to of ["http://a", "http://b", "http://a"]) resends.use(to);
  assert.deepEqual(new Resends().addresses, ["http://a", "http://b"]);
  const actions = moreChoices([], true, resends.addresses).map(({ action }) => action);
  assert.deepEqual(actions.filter((action) => action.startsWith("send ")), ["send http://a", "send http://b"]);
  assert.deepEqual(moreChoices([], false, resends.addresses).filter(({ action }) => action.startsWith("send ")), []);
});

test("a storage that was tampered with is as good as an empty one", () => {
  localStorage.setItem("echoscope.resends", '[null, 1, {"id": 3}]');
  localStorage.setItem("echoscope.addresses", '{"a": 1}');
  assert.equal(new Resends().originOf("b"), null);
  assert.deepEqual(new Resends().addresses, []);
});
