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
  /** @param {string} base the path, without a slash at its end, below which the inspector of a log is @param {string} place the path below which what is sent comes into it */
  constructor(base, place = "") {
    this.base = base;
    this.place = place;
  }

  /** @returns {Promise<BinDocument>} the bin whose inspector this is */
  bin() {
    return this.#call("bin");
  }

  /** @returns {Promise<Answers>} */
  answers() {
    return this.#call("bin/answers");
  }

  /** @param {Answers} definition @returns {Promise<Answers>} */
  setAnswers(definition) {
    return this.#call("bin/answers", { method: "PUT", body: JSON.stringify(definition) });
  }

  /** @param {any} sample @returns {Promise<Preview>} */
  previewAnswers(sample) {
    return this.#call("bin/answers/preview", { method: "POST", body: JSON.stringify(sample) });
  }

  /** @param {{scheme: string, secret: string, options: Record<string, string>} | null} signed null to forget it */
  setSignature(signed) {
    return this.#call("bin/signature", signed ? { method: "PUT", body: JSON.stringify(signed) } : { method: "DELETE" });
  }

  /** @returns {Promise<{items: Preset[]}>} answers that are ready */
  presets() {
    return this.#call("presets");
  }

  /** @returns {Promise<{items: SchemeDocument[]}>} how senders sign */
  schemes() {
    return this.#call("signatures");
  }

  /** @param {string} id @param {any} wish the scheme, the secret, the options @returns {Promise<Verdict>} */
  checkSignature(id, wish) {
    return this.#call(pathOf(id, "/signature"), { method: "POST", body: JSON.stringify(wish) });
  }

  /** @param {string} id @param {number} hours @param {boolean} reveal @returns {Promise<{url: string, expires_at: string}>} */
  share(id, hours, reveal) {
    return this.#call(pathOf(id, "/share"), { method: "POST", body: JSON.stringify({ hours, reveal }) });
  }

  /** Whether answers hold the secrets that they are about. */
  isRevealing = false;

  /**
   * @param {{q?: string, before?: number, after?: number, limit?: number}} wish
   * @param {AbortSignal} [signal]
   * @returns {Promise<Page>}
  */
  exchanges({ q, before, after, limit = 200 }, signal) {
    const parameters = new URLSearchParams({ limit: String(limit), reveal: this.#reveal });
    if (q) parameters.set("q", q);
    if (before !== undefined) parameters.set("before", String(before));
    if (after) parameters.set("after", String(after));
    return this.#call(`exchanges?${parameters}`, { signal });
  }

  /** @param {string} id @param {AbortSignal} signal @returns {Promise<ExchangeDocument>} */
  exchange(id, signal) {
    return this.#call(`${pathOf(id)}?reveal=${this.#reveal}`, { signal });
  }

  /** @param {string[]} ids @param {string[]} fields @returns {Promise<{values: Record<string, (string | null)[]>}>} by id, in the order of the fields */
  values(ids, fields) {
    const parameters = new URLSearchParams([["ids", ids.join()], ...fields.map((field) => ["of", field]), ["reveal", this.#reveal]]);
    return this.#call(`values?${parameters}`);
  }

  /** @param {string} id @param {string} what the server shall read out of it @param {boolean} isRevealing @returns {Promise<any>} */
  reading(id, what, isRevealing = this.isRevealing) {
    const path = pathOf(id, "/" + what);
    return this.#call(`${path}${what.includes("?") ? "&" : "?"}reveal=${Number(isRevealing)}`);
  }

  /** @param {string} id @param {boolean} isLast whether the page is being left */
  remove(id, isLast = false) {
    return this.#call(pathOf(id), { method: "DELETE", keepalive: isLast });
  }

  /** @returns {Promise<Info>} what the server is and keeps */
  info() {
    return this.#call("info");
  }

  /** @returns {Promise<{items: Summary[], notes: Record<string, string>}>} the pinned ones, newest first, and all notes by id */
  pins() {
    return this.#call(`pins?reveal=${this.#reveal}`);
  }

  /** @param {string} id */
  pin(id) {
    return this.#call(pathOf(id, "/pin"), { method: "PUT" });
  }

  /** @param {string} id */
  unpin(id) {
    return this.#call(pathOf(id, "/pin"), { method: "DELETE" });
  }

  /** @param {string} id @param {string} note "" removes it */
  note(id, note) {
    return this.#call(pathOf(id, "/note"), { method: "PUT", body: JSON.stringify({ note }) });
  }

  /** @param {Blob} file HAR or JSON Lines @returns {Promise<Imported>} */
  take(file) {
    return this.#call("import", { method: "POST", body: file });
  }

  /**
   * @param {string} format har, jsonl, csv or html
   * @param {{q?: string, ids?: string[], reveal?: boolean}} wish
   * @returns the address of the download
   */
  exportAddress(format, { q, ids, reveal }) {
    const parameters = new URLSearchParams();
    if (ids) parameters.set("ids", ids.join(","));
    else if (q) parameters.set("q", q);
    if (reveal) parameters.set("reveal", "1");
    return `${this.base}/api/export.${format}?${parameters}`;
  }

  /** @param {string} id @returns {Promise<DraftDocument>} its request as text to edit */
  draft(id) {
    return this.#call(pathOf(id, `/send?reveal=${this.#reveal}`));
  }

  /** @param {string} id @param {SendWish} wish @returns {Promise<SentDocument>} what became of it */
  send(id, wish) {
    return this.#call(pathOf(id, "/send"), { method: "POST", body: JSON.stringify(wish) });
  }

  /** Send a request to the echo, to have one. */
  async try() {
    await fetch(`${this.place}/hello?from=inspector`, { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"type": "hello", "item": "book", "count": 2}' });
  }

  clear() {
    return this.#call("exchanges", { method: "DELETE" });
  }

  /** @param {string} path @param {RequestInit} options @returns {Promise<any>} JSON as what it says, else text */
  async #call(path, options = {}) {
    const headers = { Accept: "application/json", "Content-Type": "application/json" };
    const answer = await fetch(`${this.base}/api/${path}`, { credentials: "same-origin", headers, ...options }).catch(unreached);
    if (answer.status === 401) this.#signIn();
    if (!answer.ok) throw new ApiError(answer.status, await reasonOf(answer));
    return isJson(answer) ? answer.json() : answer.text();
  }

  get #reveal() {
    return String(Number(this.isRevealing));
  }

  #signIn() {
    const here = location.pathname + location.search;
    location.assign(`${this.base}/login?next=${encodeURIComponent(here)}`);
  }
}

/** @param {string} id of an exchange @param {string} part of it, with its slash */
function pathOf(id, part = "") {
  return `exchanges/${encodeURIComponent(id)}${part}`;
}

/** @param {Error} error @returns {never} browsers have words of their own for a server that is away */
function unreached(error) {
  throw error.name === "TypeError" ? new Error("the server does not answer.") : error;
}

/** @param {Response} answer */
function isJson(answer) {
  return (answer.headers.get("content-type") ?? "").includes("json");
}

/** @param {Response} answer @returns {Promise<string>} the problem document's words, or the status */
async function reasonOf(answer) {
  try {
    return (await answer.json()).detail;
  } catch {
    return `the server answered ${answer.status}`;
  }
}
