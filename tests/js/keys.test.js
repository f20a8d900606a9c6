import assert from "node:assert/strict";
import { test } from "node:test";
import { actionFor, COMMANDS, keyOf, SHORTCUTS } from "../../static/js/keys.js";

const somewhere = { inField: false, inList: false, onControl: false };

test("no key means two things", () => {
  const keys = SHORTCUTS.flatMap((shortcut) => shortcut.keys);
  assert.equal(new Set(keys).size, keys.length);
});

test("in a field every key but the way out and the palette is the field's", () => {
  for (const { keys, action } of SHORTCUTS) {
    const expected = ["back", "palette"].includes(action) ? action : null;
    for (const key of keys) assert.equal(actionFor(key, { ...somewhere, inField: true }), expected);
  }
});

test("no action and no text is there twice", () => {
  for (const part of ["action", "text"]) assert.equal(new Set(COMMANDS.map((command) => command[part])).size, COMMANDS.length);
});

const plain = { ctrlKey: false, metaKey: false, altKey: false };

test("of all combinations only Control or Command with K is ours", () => {
  assert.equal(keyOf({ ...plain, key: "c" }), "c");
  assert.equal(keyOf({ ...plain, key: "c", ctrlKey: true }), null);
  assert.equal(keyOf({ ...plain, key: "c", altKey: true }), null);
  assert.equal(keyOf({ ...plain, key: "k", ctrlKey: true }), "Control+k");
  assert.equal(keyOf({ ...plain, key: "K", metaKey: true }), "Control+k");
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
