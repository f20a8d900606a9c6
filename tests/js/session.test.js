import assert from "node:assert/strict";
import { test } from "node:test";
import { Session } from "../../static/js/session.js";

Object.assign(globalThis, { location: new URL("http://localhost/-/"), addEventListener: () => {} });

for (const q of ["", "path:/a"]) {
  test(`a server that does not answer is still told of by a list that waits for a row (${q || "no search"})`, async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] }); // nothing is tried again
    const refuse = async () => {
      throw new TypeError("fetch failed");
    };
    const session = new Session({ base: "", isRevealing: false, exchanges: refuse, info: refuse });
    const started = session.start(q);
    const reached = session.reach(1);
    await Promise.all([started, reached]);
    assert.equal(session.isCutOff, true);
    assert.equal(session.isLoading, false);
  });
}
