import assert from "node:assert/strict";
import { test } from "node:test";
import { methodOf, targetOf, titleOf } from "../../static/js/titles.js";
import { summary } from "./summaries.js";

test("the method of a WebSocket is WS, and that of a request that could not be read is unknown", () => {
  const called = [["GET", "http"], [null, "websocket"], [null, "http"], ["", "http"]];
  assert.deepEqual(called.map(([method, type]) => methodOf({ method, type })), ["GET", "WS", "–", "–"]);
});

test("a request without a path is called by the reason for which it was refused", () => {
  const refused = { state: "refused", path: "", query_string: "" };
  assert.equal(targetOf({ ...refused, reason: "Too long." }), "Too long.");
  assert.equal(targetOf(refused), "a request that could not be read");
  assert.equal(targetOf({ ...refused, path: "/a", query_string: "b=1" }), "/a?b=1");
});

test("a title is one line, whatever is in it", () => {
  assert.equal(titleOf({ ...summary(1), method: "G\u202eT", path: "/a\nb" }), "G\\u{202e}T /a\\nb");
});
