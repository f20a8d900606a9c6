// @ts-check
/**
 * The movable border between list and details: by pointer, or by the arrow keys. It sets `--list-share` (per
 * cent) on its parent and remembers it.
 */
import { clamp } from "../viewport.js";

const FIRST = "46";
const STEP = 2;
const MEMORY = "echoscope.list-share";

customElements.define("split-divider", class extends HTMLElement {
  connectedCallback() {
    this.share = Number(localStorage.getItem(MEMORY) || FIRST);
    this.addEventListener("pointerdown", (event) => this.setPointerCapture(event.pointerId));
    this.addEventListener("pointermove", (event) => this.hasPointerCapture(event.pointerId) && this.#follow(event));
    this.addEventListener("keydown", (event) => this.#key(event));
  }

  /** In per cent of the parent's width. */
  get share() {
    return Number(this.ariaValueNow);
  }

  set share(value) {
    this.ariaValueNow = String(clamp(Math.round(value), Number(this.ariaValueMin), Number(this.ariaValueMax)));
    this.parentElement?.style.setProperty("--list-share", `${this.ariaValueNow}%`);
    localStorage.setItem(MEMORY, this.ariaValueNow);
  }

  /** @param {PointerEvent} event */
  #follow(event) {
    const { left = 0, width = 1 } = this.parentElement?.getBoundingClientRect() ?? {};
    this.share = ((event.clientX - left) / width) * 100;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (!step) return;
    event.preventDefault();
    this.share += step;
  }
});
