import assert from "node:assert/strict";
import { test } from "node:test";
import { indentMarkup, partContents, readEventStream } from "../../static/js/layouts.js";

test("markup stands one tag to a line, deeper inside, texts in the line of their element", () => {
  assert.equal(indentMarkup("<?xml version='1.0'?><a x='1'><b>text</b><c/><d></d><!-- no --><e><f>1</f></e></a>"),
    "<?xml version='1.0'?>\n<a x='1'>\n  <b>text</b>\n  <c/>\n  <d></d>\n  <!-- no -->\n  <e>\n    <f>1</f>\n  </e>\n</a>");
});

test("an event stream is read by its events", () => {
  const events = readEventStream("retry: 10\n\nid: 1\nevent: tick\ndata: a\ndata:b\n\n: alive\r\n\r\ndata: c");
  assert.deepEqual(events.map(({ event, id, data, retry, comment }) => [event, id, data, retry, comment]),
    [["", "", "", "10", ""], ["tick", "1", "a\nb", "", ""], ["", "", "", "", "alive"], ["", "", "c", "", ""]]);
});

/** @type {[string, string, string[]][]} */
const MULTIPARTS = [
  ["two parts", "--B\r\na: b\r\n\r\none\r\n--B\r\n\r\ntwo\r\n\r\nlines\r\n--B--\r\n", ["one", "two\r\n\r\nlines"]],
  ["a preamble and an epilogue", "before\r\n--B\r\nx: y\r\n\r\none\r\n--B--\r\nafter", ["one"]],
  ["an empty part", "--B\r\nx: y\r\n\r\n\r\n--B--", [""]],
  ["a part that is cut", "--B\r\nx: y\r\n\r\nbegin", ["begin"]],
  ["no boundary", "nothing", []],
];
for (const [name, text, expected] of MULTIPARTS) {
  test(`the contents of a multipart: ${name}`, () => {
    const contents = partContents(new TextEncoder().encode(text), "B");
    assert.deepEqual(contents.map((content) => new TextDecoder().decode(content)), expected);
  });
}
