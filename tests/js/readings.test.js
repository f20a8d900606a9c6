import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Api } from "../../static/js/api.js";
import { Readings } from "../../static/js/readings.js";

/** @type {string[]} */
const asked = [];
const server = createServer((request, response) => {
  asked.push(request.url ?? "");
  response.writeHead(request.url?.includes("gone") ? 404 : 200, { "content-type": "application/json" });
  response.end(JSON.stringify({ detail: "not kept", of: request.url }));
});
let root = "";
before(() => new Promise((resolve) => {
  server.listen(0, "127.0.0.1", () => {
    root = `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`;
    resolve(null);
  });
}));
after(() => server.close());

const wish = (readings, id, seq, path) => new Promise((resolve, reject) => readings.answer({ id, seq, path, resolve, reject }));

test("a reading is fetched once per record of its exchange", async () => {
  const readings = new Readings(new Api(`${root}/-`));
  await Promise.all([wish(readings, "a", 1, "headers"), wish(readings, "a", 1, "headers")]);
  await wish(readings, "a", 2, "headers");
  assert.deepEqual(asked.splice(0), ["/-/api/exchanges/a/headers?reveal=0", "/-/api/exchanges/a/headers?reveal=0"]);
});

test("a failure is told and not kept", async () => {
  const readings = new Readings(new Api(`${root}/-`));
  await assert.rejects(wish(readings, "gone", 1, "headers"), /not kept/);
  await assert.rejects(wish(readings, "gone", 1, "headers"));
  assert.equal(asked.splice(0).length, 2);
});

test("of many readings the latest used are kept", async () => {
  const readings = new Readings(new Api(`${root}/-`));
  for (let id = 0; id < 17; id += 1) await wish(readings, String(id), 1, "code");
  asked.length = 0;
  await wish(readings, "16", 1, "code");
  assert.equal(asked.length, 0);
  await wish(readings, "0", 1, "code");
  assert.equal(asked.length, 1);
});
