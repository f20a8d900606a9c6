import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, formFields, hexDump, imageType, viewsOf } from "../../static/js/content.js";

const PNG = { base64: Buffer.from("\x89PNG\r\n\x1a\n rest", "latin1").toString("base64") };
const body = (content, changes = {}) => ({ size: 9, kept: 9, truncated: false, content, ...changes });

/** @type {[string, any, string, string[]][]} */
const VIEWS = [
  ["an empty body", body("", { size: 0, kept: 0 }), "text/plain", []],
  ["JSON", body("{\"a\": 1}"), "application/json; charset=utf-8", ["json", "text", "hex"]],
  ["JSON of a vendor", body("1"), "application/vnd.api+json", ["json", "text", "hex"]],
  ["JSON that nobody called so", body("[1]"), "", ["json", "text", "hex"]],
  ["JSON that is cut", body("{\"a\":", { truncated: true }), "application/json", ["text", "hex"]],
  ["text that begins like JSON", body("[note] x"), "text/plain", ["text", "hex"]],
  ["a form", body("a=1"), "application/x-www-form-urlencoded", ["form", "text", "hex"]],
  ["a picture", body(PNG), "application/octet-stream", ["image", "hex"]],
  ["a cut picture", body(PNG, { truncated: true }), "image/png", ["hex"]],
  ["other bytes", body({ base64: "AAH/" }), "image/png", ["hex"]],
  ["an SVG, which is a document", body("<svg xmlns='x'/>"), "image/svg+xml", ["text", "hex"]],
];
for (const [name, given, type, expected] of VIEWS) {
  test(`${name} can be looked at as ${expected.join(", ") || "nothing"}`, () => assert.deepEqual(viewsOf(given, type), expected));
}

test("text becomes its UTF-8 bytes, base64 the bytes it stands for", () => {
  assert.deepEqual([...bytesOf("\u00e9")], [0xc3, 0xa9]);
  assert.deepEqual([...bytesOf({ base64: "AAH/" })], [0, 1, 255]);
});

test("form fields keep order, repetition, empty ones and what is no valid escape", () => {
  assert.deepEqual(formFields("b=2&a=1+1&b=%26%3D&flag&=x&bad=%zz"), [
    ["b", "2"], ["a", "1 1"], ["b", "&="], ["flag", ""], ["", "x"], ["bad", "%zz"],
  ]);
  assert.deepEqual(formFields(""), []);
});

for (const [type, start] of [["image/png", "\x89PNG\r\n\x1a\n"], ["image/jpeg", "\xff\xd8\xff\xe0"], ["image/gif", "GIF89a"], ["image/webp", "RIFF\x01\n\x03\x04WEBPVP8"], [null, "<svg>"], [null, ""]]) {
  test(`${JSON.stringify(start)} begins ${type ?? "no picture"}`, () => assert.equal(imageType(Buffer.from(String(start), "latin1")), type));
}

test("a hex dump has sixteen bytes to a line, and says where", () => {
  const dump = hexDump(Uint8Array.from({ length: 18 }, (_, index) => 0x3f + index)).split("\n");
  assert.equal(dump[0], "00000000  3f 40 41 42 43 44 45 46  47 48 49 4a 4b 4c 4d 4e  ?@ABCDEFGHIJKLMN");
  assert.equal(dump[1], "00000010  4f 50                                             OP");
});

test("a hex dump of a part says where the part is, and shows what is not ASCII as a dot", () => {
  assert.equal(hexDump(Uint8Array.of(...new Array(16).fill(0), 0xff, 0x0a), 16, 32), `00000010  ff 0a${" ".repeat(45)}\u00b7\u00b7`);
});
