import assert from "node:assert/strict";
import { test } from "node:test";
import { actionFor, SHORTCUTS } from "../../static/js/keys.js";

const somewhere = { inField: false, inList: false, onControl: false };

test("no key means two things", () => {
  const keys = SHORTCUTS.flatMap((shortcut) => shortcut.keys);
  assert.equal(new Set(keys).size, keys.length);
});

test("in a field every key but Escape is the field's", () => {
  for (const { keys } of SHORTCUTS) {
    for (const key of keys) assert.equal(actionFor(key, { ...somewhere, inField: true }), key === "Escape" ? "back" : null);
  }
});

test("arrows move the selection only where the list has the focus", () => {
  assert.equal(actionFor("ArrowDown", { ...somewhere, inList: true }), "next");
  assert.equal(actionFor("ArrowDown", somewhere), null);
  assert.equal(actionFor("j", somewhere), "next");
});

test("the space bar presses a focused button instead of pausing", () => {
  assert.equal(actionFor(" ", { ...somewhere, onControl: true }), null);
  assert.equal(actionFor(" ", somewhere), "pause");
});
