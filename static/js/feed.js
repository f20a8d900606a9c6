// @ts-check
/**
 * The live feed over a WebSocket: connects, comes back after every loss with growing pauses, and resumes
 * where it was. Network only; what messages mean is `feed-protocol.js`. Tells its owner by events:
 * `steps` (detail: Step[]) and `state` (detail: {name, attempt}).
 */
import { FeedPosition, retryDelay } from "./feed-protocol.js";

export class Feed extends EventTarget {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {FeedPosition | null} */
  #position = null;
  #attempt = 0;
  #timer = 0;

  /** @param {string} root */
  constructor(root) {
    super();
    this.address = new URL(`${root}/-/live`, location.href);
    this.address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    addEventListener("online", () => this.#hurry());
  }

  /** @param {{after: number, epoch: string, q: string}} start */
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
    const socket = new WebSocket(`${this.address}?${this.#position.query()}`);
    this.#socket = socket;
    socket.addEventListener("message", (event) => this.#receive(socket, JSON.parse(event.data)));
    socket.addEventListener("close", () => socket === this.#socket && this.#retry());
  }

  /** @param {WebSocket} socket @param {any} message */
  #receive(socket, message) {
    if (socket !== this.#socket || !this.#position) return;
    if (message.type === "hello") this.#greeted();
    const steps = this.#position.take(message);
    if (steps.length) this.#tell("steps", steps);
    if (steps.some((step) => step.do === "reconnect")) this.#retry();
  }

  #greeted() {
    this.#attempt = 0;
    this.#tell("state", { name: "live" });
  }

  #retry() {
    if (!this.#position) return;
    this.#drop();
    const delay = retryDelay(this.#attempt, Math.random());
    this.#timer = setTimeout(() => this.#connect(), delay * 1000);
    this.#tell("state", { name: "reconnecting", attempt: this.#attempt });
    this.#attempt += 1;
  }

  /** The network is back: do not sit out the pause. */
  #hurry() {
    if (!this.#position || this.#socket) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** @param {string} name @param {any} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
