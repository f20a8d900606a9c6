// Reads searches and summaries as JSON from standard input and writes what the browser's module says of them.
import { readFileSync } from "node:fs";
import { learnFields, parse, termsIn } from "../../static/js/search.js";
import { BEYOND_SUMMARY, matchesSummary } from "../../static/js/search-matching.js";

const vectors = JSON.parse(readFileSync(new URL("vectors.json", import.meta.url), "utf-8"));
learnFields(vectors.fields);
const needsServer = ({ error, terms }) => error !== null || termsIn(terms).some(({ field }) => BEYOND_SUMMARY.has(field));
const { searches, summaries } = JSON.parse(readFileSync(0, "utf-8"));
const said = searches.map((text) => {
  const search = parse(text);
  const verdicts = search.error === null ? summaries.map((summary) => matchesSummary(search, summary)) : [];
  return { error: search.error, needsServer: needsServer(search), verdicts };
});
process.stdout.write(JSON.stringify(said));
