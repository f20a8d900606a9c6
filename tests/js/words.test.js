import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { closeText, SCOPE_KEY, statusText } from "../../static/js/words.js";

test("codes have their names, and a code without one is shown as it is", () => {
  assert.equal(statusText(418), "418 I'm a teapot");
  assert.equal(statusText(299), "299");
});

test("close codes are explained by their range where they have no name", () => {
  assert.match(closeText(1001), /^1001, going away/);
  assert.match(closeText(3008), /library or framework/);
  assert.match(closeText(4000), /private/);
  assert.match(closeText(999), /not a valid/);
});

test("the scope's keys are explained in the words of the server", () => {
  const glossary = readFileSync(new URL("../../app/echoscope/glossary.py", import.meta.url), "utf8");
  const words = glossary.replace(/"\s*\n\s*"/g, "");
  for (const [key, text] of Object.entries(SCOPE_KEY)) assert.ok(words.includes(`"${key}": "${text}"`), key);
});
