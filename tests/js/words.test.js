import assert from "node:assert/strict";
import { test } from "node:test";
import { closeText, httpVersion, learnWords, scopeHelp, statusText } from "../../static/js/words.js";

learnWords({
  status: { 418: "I'm a teapot" },
  close: { 1001: "going away: the page was left or the server stops" },
  scope: { method: "The request method, in capitals." },
});

test("codes have their names, and a code without one is shown as it is", () => {
  assert.equal(statusText(418), "418 I'm a teapot");
  assert.equal(statusText(299), "299");
  assert.equal(statusText(null), "no status");
});

test("a version that the server does not tell is left out", () => {
  assert.equal(httpVersion("2"), "HTTP/2");
  assert.equal(httpVersion(null), "HTTP");
});

test("close codes are explained by their range where they have no name", () => {
  assert.match(closeText(1001), /^1001, going away/);
  assert.match(closeText(3008), /library or framework/);
  assert.match(closeText(4000), /private/);
  assert.match(closeText(999), /not a valid/);
});

test("the scope's keys are explained in the words of the server", () => {
  assert.equal(scopeHelp("method"), "The request method, in capitals.");
  assert.equal(scopeHelp("my_own"), undefined);
});
