// @ts-check
/**
 * The JSON API, as the inspector uses it. Knows addresses and errors, no DOM but the one way out: a page
 * that is no longer signed in goes to the sign-in page.
 */

export class ApiError extends Error {
  /** @param {number} status @param {string} detail */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export class Api {
  /** @param {string} root the prefix under which Echoscope is mounted, "" at the top */
  constructor(root) {
    this.root = root;
  }

  /**
   * @param {{q?: string, before?: number, limit?: number}} wish
   * @param {AbortSignal} [signal]
   * @returns {Promise<Page>}
  */
  exchanges({ q, before, limit = 200 }, signal) {
    const parameters = new URLSearchParams({ limit: String(limit) });
    if (q) parameters.set("q", q);
    if (before !== undefined) parameters.set("before", String(before));
    return this.#call(`exchanges?${parameters}`, { signal });
  }

  /** @param {string} id @param {AbortSignal} signal @returns {Promise<ExchangeDocument>} */
  exchange(id, signal) {
    return this.#call(`exchanges/${encodeURIComponent(id)}`, { signal });
  }

  /** @param {string} id */
  remove(id) {
    return this.#call(`exchanges/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  clear() {
    return this.#call("exchanges", { method: "DELETE" });
  }

  /** @param {string} path @param {RequestInit} options */
  async #call(path, options = {}) {
    const headers = { Accept: "application/json", "Content-Type": "application/json" };
    const answer = await fetch(`${this.root}/-/api/${path}`, { credentials: "same-origin", headers, ...options });
    if (answer.status === 401) this.#signIn();
    if (!answer.ok) throw new ApiError(answer.status, await reasonOf(answer));
    return answer.json();
  }

  #signIn() {
    const here = location.pathname + location.search;
    location.assign(`${this.root}/-/login?next=${encodeURIComponent(here)}`);
  }
}

/** @param {Response} answer @returns {Promise<string>} the problem document's words, or the status */
async function reasonOf(answer) {
  try {
    return (await answer.json()).detail;
  } catch {
    return `the server answered ${answer.status}`;
  }
}
