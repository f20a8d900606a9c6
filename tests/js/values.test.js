import assert from "node:assert/strict";
import { test } from "node:test";
import { columnOf, fitting, isRead, known, learnValues, previewOf, template, USUAL } from "../../static/js/columns.js";
import { Values } from "../../static/js/values.js";
import { summary } from "./summaries.js";

/** What was asked, and answers with what was asked. */
function api() {
  /** @type {[string[], string[]][]} */
  const asked = [];
  return { asked, values: async (/** @type {string[]} */ ids, /** @type {string[]} */ fields) => {
    asked.push([ids, fields]);
    return { values: Object.fromEntries(ids.map((id) => [id, fields.map((field) => (field === "json.none" ? null : `${field} of ${id}`))])) };
  } };
}

/** @param {Values} values @param {ReturnType<typeof summary>[]} summaries @param {string[]} fields */
const looked = (values, summaries, fields) => new Promise((resolve) => {
  values.addEventListener("change", resolve, { once: true });
  values.look(summaries, fields);
});

test("what is in sight is read once, and again when it has a newer record or other columns", async () => {
  const server = api();
  const values = new Values(/** @type {any} */ (server));
  const [a, b] = [summary(1), summary(2)];
  assert.equal(values.of(a.id, "json.x"), undefined);
  await looked(values, [a, b], ["json.x", "json.none"]);
  assert.equal(values.of(a.id, "json.x"), `json.x of ${a.id}`);
  assert.equal(values.of(a.id, "json.none"), "");
  values.look([a, b], ["json.x"]);
  await looked(values, [{ ...a, seq: 9 }, b], ["json.x"]);
  await looked(values, [b], ["json.x", "query.y"]);
  assert.deepEqual(server.asked, [
    [[a.id, b.id], ["json.x", "json.none"]], [[a.id], ["json.x"]], [[b.id], ["json.x", "query.y"]],
  ]);
});

test("what was read is forgotten when secrets are shown or hidden", async () => {
  const server = api();
  const values = new Values(/** @type {any} */ (server));
  await looked(values, [summary(1)], ["json.x"]);
  values.forget();
  assert.equal(values.of(summary(1).id, "json.x"), undefined);
  await looked(values, [summary(1)], ["json.x"]);
  assert.equal(server.asked.length, 2);
});

test("a server that does not answer is asked again, for what is in sight then", async () => {
  let isAway = true;
  const server = api();
  const { values: answer } = server;
  server.values = async (ids, fields) => {
    if (isAway) throw new Error("away");
    return answer(ids, fields);
  };
  const values = new Values(/** @type {any} */ (server));
  values.look([summary(1)], ["json.x"]);
  await new Promise((resolve) => { setTimeout(resolve, 200); });
  isAway = false;
  await looked(values, [summary(1)], ["json.x"]);
  assert.equal(values.of(summary(1).id, "json.x"), `json.x of ${summary(1).id}`);
});

test("any header and any member is a column, named as in a search", () => {
  for (const name of ["header.x-github-event", "response.header.server", "json.user.name", "query.page", "cookie.theme"]) {
    assert.ok(isRead(name), name);
    assert.deepEqual(known([name]), [name, "path"]);
    assert.ok(fitting([...USUAL, name], 1900).includes(name));
    assert.match(template([name]), /^minmax\(120px, 1fr\)$/);
  }
  assert.equal(columnOf("header.x-github-event").title, "x-github-event");
  assert.equal(columnOf("response.header.server").title, "server");
  assert.equal(columnOf("json.user.name").title, "user.name");
  for (const name of ["header", "header.", "json. x", "path.x", "constructor"]) assert.ok(!isRead(name), name);
  assert.deepEqual(known(["constructor", "header."]), ["path"]);
});

test("the server's word comes before what the line itself tells", () => {
  const line = { ...summary(1), content_type: "application/json", user_agent: "curl/8.1" };
  assert.equal(previewOf(line), "json · curl/8.1");
  learnValues((id, name) => (name === "preview" ? `about ${id}` : undefined));
  assert.equal(previewOf(line), `about ${line.id}`);
  learnValues(() => undefined);
});
