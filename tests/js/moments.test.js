import assert from "node:assert/strict";
import { test } from "node:test";
import { momentOf } from "../../static/js/moments.js";

const NOW = new Date(2026, 10, 22, 14, 30, 10, 500);
const at = (...parts) => new Date(2026, 10, ...parts).getTime();

test("ages count back from now", () => {
  assert.equal(momentOf("30s", NOW), NOW.getTime() - 30_000);
  assert.equal(momentOf("5m", NOW), momentOf(" 5 min ago ", NOW));
  assert.equal(momentOf("1.5h", NOW), NOW.getTime() - 5_400_000);
  assert.equal(momentOf("2D", NOW), NOW.getTime() - 172_800_000);
});

test("a clock time is the end of what it names", () => {
  assert.equal(momentOf("14:03", NOW), at(22, 14, 3, 59, 999));
  assert.equal(momentOf("9:03:20", NOW), at(22, 9, 3, 20, 999));
  assert.equal(momentOf("14:03:20.5", NOW), at(22, 14, 3, 20, 500));
});

test("a clock time that is still to come was yesterday, and the present minute is today", () => {
  assert.equal(momentOf("14:31", NOW), at(21, 14, 31, 59, 999));
  assert.equal(momentOf("14:30", NOW), at(22, 14, 30, 59, 999));
});

test("a date is read by the reader's clock, unless it names its own", () => {
  assert.equal(momentOf("2026-11-20 08:00", NOW), at(20, 8, 0, 59, 999));
  assert.equal(momentOf("2026-11-20T08:00:05", NOW), at(20, 8, 0, 5, 999));
  assert.equal(momentOf("2026-11-20T08:00:05.25Z", NOW), Date.UTC(2026, 10, 20, 8, 0, 5, 250));
});

test("what is no time is not taken for one", () => {
  for (const text of ["", "soon", "24:00", "12:60", "5", "5 weeks", "2026-13-01 10:00", "10:00:60", "-5m"]) assert.ok(Number.isNaN(momentOf(text, NOW)), text);
});
