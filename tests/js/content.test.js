import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, formFields, hexDump } from "../../static/js/content.js";

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

test("a hex dump has sixteen bytes to a line, and says where", () => {
  const dump = hexDump(Uint8Array.from({ length: 18 }, (_, index) => 0x3f + index)).split("\n");
  assert.equal(dump[0], "00000000  3f 40 41 42 43 44 45 46  47 48 49 4a 4b 4c 4d 4e  ?@ABCDEFGHIJKLMN");
  assert.equal(dump[1], "00000010  4f 50                                             OP");
});

test("a hex dump of a part says where the part is, and shows what is not ASCII as a dot", () => {
  assert.equal(hexDump(Uint8Array.of(...new Array(16).fill(0), 0xff, 0x0a), 16, 32), `00000010  ff 0a${" ".repeat(45)}\u00b7\u00b7`);
});
