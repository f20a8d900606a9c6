/** Summaries for the tests of the pure modules. */

/** @param {number} seq @param {object} changes @returns {any} */
export function summary(seq, changes = {}) {
  return {
    seq, id: `id-${seq}`, state: "done", type: "http", http_version: "1.1", method: "GET", path: `/${seq}`,
    query_string: "", status: 200, started_at: "2026-11-22T09:00:00.000000Z", duration_ms: 1, received_bytes: 0,
    sent_bytes: 2, client: "127.0.0.1:5000", content_type: null, user_agent: null, ...changes,
  };
}

/** @param {number} from @param {number} to @returns {any[]} one for each seq, oldest first */
export function summaries(from, to) {
  return Array.from({ length: to - from + 1 }, (_, index) => summary(from + index));
}
