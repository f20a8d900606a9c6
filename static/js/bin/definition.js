// @ts-check
/**
 * What a bin answers, between the form that people fill in and the JSON that the server takes. Pure.
 */

/** @param {string} text lines `name: value` @returns {[string, string][]} */
export function pairsOf(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    const at = line.indexOf(":");
    return at < 0 ? [line, ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  });
}

/** @param {[string, string][] | Record<string, string>} [pairs] @returns lines `name: value` */
export function linesOf(pairs = []) {
  return (Array.isArray(pairs) ? pairs : Object.entries(pairs)).map(([name, value]) => `${name}: ${value}`).join("\n");
}

/** @param {Answer} answer @returns what it is, as a choice */
export function kindOf({ echo, fault }) {
  return echo ? "echo" : (fault ?? "answer");
}

/**
 * @param {{kind: string, status: string, times: string, delay: string, headers: string, body: string}} fields
 * @param {Answer["body"]} [bytes] a body that is no text, which no field can hold
 * @returns {Answer} without what is usual
 */
export function answerOf({ kind, status, times, delay, headers, body }, bytes) {
  /** @type {Answer} */
  const answer = {};
  if (kind === "echo") answer.echo = true;
  else if (kind !== "answer") answer.fault = /** @type {Answer["fault"]} */ (kind);
  if (kind === "answer" || kind === "half") {
    if (status && Number(status) !== 200) answer.status = Number(status);
    if (headers.trim()) answer.headers = pairsOf(headers);
    if (bytes && typeof bytes === "object") answer.body = bytes;
    else if (body) answer.body = body;
  }
  if (Number(delay)) answer.delay = Number(delay);
  if (Number(times) > 1) answer.times = Number(times);
  return answer;
}

/**
 * @param {{method: string, path: string, headers: string, query: string, json: string, signature: string}} fields
 * @param {Answer[]} answers @returns {Rule} without what is empty
 */
export function ruleOf({ method, path, headers, query, json, signature }, answers) {
  /** @type {Rule} */
  const rule = {};
  if (method.trim()) rule.method = method.trim();
  if (path.trim()) rule.path = path.trim();
  for (const [name, text] of Object.entries({ headers, query, json })) {
    if (text.trim()) rule[/** @type {"headers" | "query" | "json"} */ (name)] = Object.fromEntries(pairsOf(text));
  }
  if (signature) rule.signature = /** @type {Rule["signature"]} */ (signature);
  rule.answers = answers;
  return rule;
}

/** @param {Answers} definition @returns whether anything is set */
export function isEmpty({ rules = [], answers = [] }) {
  return rules.length === 0 && answers.length === 0;
}
