import assert from "node:assert/strict";
import { test } from "node:test";
import { answerOf, isEmpty, kindOf, linesOf, pairsOf, ruleOf } from "../../static/js/bin/definition.js";

const FIELDS = { kind: "answer", status: "200", times: "1", delay: "0", headers: "", body: "" };
const RULE = { method: "", path: "", headers: "", query: "", json: "", signature: "" };

test("what is usual is left out of an answer", () => {
  assert.deepEqual(answerOf(FIELDS), {});
  assert.deepEqual(answerOf({ ...FIELDS, status: "503", times: "2", delay: "1.5", headers: "retry-after: 1", body: "no" }), {
    status: 503, times: 2, delay: 1.5, headers: [["retry-after", "1"]], body: "no",
  });
});

test("a fault has no status and no body but half an answer", () => {
  assert.deepEqual(answerOf({ ...FIELDS, kind: "reset", status: "503", body: "x" }), { fault: "reset" });
  assert.deepEqual(answerOf({ ...FIELDS, kind: "half", status: "201", body: "x" }), { fault: "half", status: 201, body: "x" });
  assert.deepEqual(answerOf({ ...FIELDS, kind: "echo", times: "3" }), { echo: true, times: 3 });
});

test("a body that is no text stays as it is", () => {
  assert.deepEqual(answerOf(FIELDS, { base64: "AAE=" }), { body: { base64: "AAE=" } });
});

test("lines are names and values, in their order and with repeats", () => {
  assert.deepEqual(pairsOf(" a: 1\n\nb:2:3\n a: 4 \nno-value"), [["a", "1"], ["b", "2:3"], ["a", "4"], ["no-value", ""]]);
  assert.equal(linesOf([["a", "1"], ["a", "2"]]), "a: 1\na: 2");
  assert.equal(linesOf({ a: "*" }), "a: *");
  assert.equal(linesOf(), "");
});

test("a rule holds what was filled in", () => {
  assert.deepEqual(ruleOf(RULE, [{}]), { answers: [{}] });
  assert.deepEqual(ruleOf({ ...RULE, method: " POST ", path: "/a*", headers: "x-event: ping", json: "a.b: *", signature: "invalid" }, []), {
    method: "POST", path: "/a*", headers: { "x-event": "ping" }, json: { "a.b": "*" }, signature: "invalid", answers: [],
  });
});

test("kinds and emptiness", () => {
  assert.deepEqual([{}, { echo: true }, { fault: "hang" }, { fault: null }].map(kindOf), ["answer", "echo", "hang", "answer"]);
  assert.equal(isEmpty({}), true);
  assert.equal(isEmpty({ answers: [{}] }), false);
});
