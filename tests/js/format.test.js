import assert from "node:assert/strict";
import { test } from "node:test";
import { age, bytes, bytesText, count, countOf, milliseconds, splitTail, statusClass, visible } from "../../static/js/format.js";

/** @param {string} name @param {(value: any) => any} format @param {[any, any][]} table */
function table(name, format, rows) {
  for (const [value, expected] of rows) {
    test(`${name} of ${JSON.stringify(value)} is ${JSON.stringify(expected)}`, () => assert.deepEqual(format(value), expected));
  }
}

table("bytes", bytes, [
  [0, "0 B"], [999, "999 B"], [1000, "1.0 kB"], [1234, "1.2 kB"], [9949, "9.9 kB"], [9950, "10 kB"], [999_499, "999 kB"],
  [999_500, "1.0 MB"], [5_000_000, "5.0 MB"], [1e9, "1.0 GB"], [1e15, "1000 TB"],
]);
table("milliseconds", milliseconds, [
  [0, "0 µs"], [0.041, "41 µs"], [0.0994, "99 µs"], [0.0995, "0.10 ms"], [9.994, "9.99 ms"], [9.995, "10.0 ms"], [12.34, "12.3 ms"], [99.95, "100 ms"], [999, "999 ms"],
  [999.5, "1.00 s"], [1840, "1.84 s"], [12_345, "12.3 s"], [59_994, "60.0 s"], [125_000, "2 min 5 s"], [7_320_000, "2 h 2 min"],
]);
table("age", age, [[-3, "now"], [0.9, "now"], [1, "1 s"], [59.9, "59 s"], [60, "1 min"], [3600, "1 h"], [90_000, "1 d"]]);
table("visible", visible, [
  ["/plain path", "/plain path"],
  ["/a\nb\tc\r", "/a\\nb\\tc\\r"],
  ["\u0000\u001b[31m\u007f", "\\x00\\x1b[31m\\x7f"],
  ["txt.\u202eexe", "txt.\\u{202e}exe"],
  ["zero\u200bwidth\ufeff", "zero\\u{200b}width\\u{feff}"],
  ["lone \ud800 surrogate", "lone \\u{d800} surrogate"],
  ["caf\u00e9 \u2615 \ud83d\ude80", "caf\u00e9 \u2615 \ud83d\ude80"],
]);
table("splitTail", (text) => splitTail(text, 4), [
  ["/short", ["/short", ""]],
  ["/a/long/path.html", ["/a/long/path.", "html"]],
  ["/long/path/\ud83d\ude80abc", ["/long/path/\ud83d\ude80", "abc"]],
]);
table("statusClass", statusClass, [
  [null, "none"], [101, "informational"], [204, "success"], [302, "redirection"], [418, "client-error"], [599, "server-error"], [999, "none"],
]);

test("counts have thousands separators and a plural", () => {
  assert.equal(count(12_345), "12,345");
  assert.deepEqual([1, 2].map((value) => countOf(value, "row")), ["1 row", "2 rows"]);
});

test("bytes that are not text are printed as what they are", () => {
  assert.equal(bytesText({ base64: "6Q==" }), "base64:6Q==");
});
