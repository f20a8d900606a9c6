// @ts-check
/**
 * The live feed: connects, comes back after every loss with growing pauses, and resumes where it was. Over a
 * WebSocket; where none can be had (a WSGI server, a proxy), over server-sent events from the same address.
 * Network only; what messages mean is `feed-protocol.js`. Tells its owner by events: `steps` (detail: Step[])
 * and `state` (detail: {name, attempt, again}; the name is `live`, `streaming` over server-sent events, or
 * `reconnecting`, which is tried `again` at that time).
 */
import { FeedPosition, retryDelay } from "./feed-protocol.js";

export class Feed extends EventTarget {
  /** @type {WebSocket | EventSource | null} */
  #connection = null;
  /** @type {FeedPosition | null} */
  #position = null;
  #attempt = 0;
  #timer = 0;
  #isGreeted = false;
  #usesEvents = false;
  #hasSocketWorked = false;

  /** @param {string} base the path below which the inspector of a log is */
  constructor(base) {
    super();
    this.address = new URL(`${base}/live`, location.href);
    addEventListener("online", () => this.hurry());
  }

  /** @param {{after: number, epoch: string, q: string, reveal: boolean}} start */
  open(start) {
    this.close();
    this.#position = new FeedPosition(start);
    this.#connect();
  }

  close() {
    clearTimeout(this.#timer);
    this.#position = null;
    this.#drop();
  }

  #connect() {
    if (!this.#position) return;
    const address = `${this.address}?${this.#position.query()}`;
    const connection = this.#usesEvents ? new EventSource(address) : new WebSocket(address.replace("http", "ws"));
    this.#connection = connection;
    this.#isGreeted = false;
    connection.addEventListener("message", (event) => {
      this.#receive(connection, JSON.parse(/** @type {MessageEvent} */ (event).data));
    });
    connection.addEventListener(this.#usesEvents ? "error" : "close", () => connection === this.#connection && this.#lost());
  }

  /** @param {WebSocket | EventSource} connection @param {any} message */
  #receive(connection, message) {
    if (connection !== this.#connection || !this.#position) return;
    if (message.type === "hello") this.#greeted();
    const steps = this.#position.take(message);
    if (steps.length) this.#tell("steps", steps);
    if (steps.some((step) => step.do === "reconnect")) this.#retry();
  }

  #greeted() {
    this.#attempt = 0;
    this.#isGreeted = true;
    this.#hasSocketWorked ||= !this.#usesEvents;
    this.#tell("state", { name: this.#usesEvents ? "streaming" : "live" });
  }

  /**
   * A page is not told why a handshake failed: while no WebSocket ever worked here, the attempt after one
   * without a greeting goes the other way.
  */
  #lost() {
    if (!this.#isGreeted && !this.#hasSocketWorked) this.#usesEvents = !this.#usesEvents;
    this.#retry();
  }

  #retry() {
    if (!this.#position) return;
    this.#drop();
    const delay = retryDelay(this.#attempt, Math.random()) * 1000;
    this.#timer = setTimeout(() => this.#connect(), delay);
    this.#tell("state", { name: "reconnecting", attempt: this.#attempt, again: Date.now() + delay });
    this.#attempt += 1;
  }

  /** The network or the server is back: do not sit out the pause. */
  hurry() {
    if (!this.#position || this.#connection) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  #drop() {
    const connection = this.#connection;
    this.#connection = null;
    connection?.close();
  }

  /** @param {string} name @param {any} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
