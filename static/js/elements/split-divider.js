// @ts-check
/**
 * The movable border between list and details: by pointer, or by the arrow keys. It sets `--list-share` (per
 * cent) on its parent and remembers it.
 */
import { clamp } from "../viewport.js";

const [LEAST, MOST, DEFAULT, STEP] = [25, 75, 46, 2];
const MEMORY = "echoscope.list-share";

export class SplitDivider extends HTMLElement {
  connectedCallback() {
    for (const [name, value] of Object.entries({ role: "separator", tabindex: "0", "aria-orientation": "vertical" })) {
      this.setAttribute(name, value);
    }
    this.setAttribute("aria-label", "Width of the list, in per cent");
    this.setAttribute("aria-valuemin", String(LEAST));
    this.setAttribute("aria-valuemax", String(MOST));
    this.share = Number(localStorage.getItem(MEMORY)) || DEFAULT;
    this.addEventListener("pointerdown", (event) => this.setPointerCapture(event.pointerId));
    this.addEventListener("pointermove", (event) => this.hasPointerCapture(event.pointerId) && this.#follow(event));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("dblclick", () => { this.share = DEFAULT; });
  }

  /** @param {number} value in per cent of the parent's width */
  set share(value) {
    const share = clamp(Math.round(value), LEAST, MOST);
    this.parentElement?.style.setProperty("--list-share", `${share}%`);
    this.setAttribute("aria-valuenow", String(share));
    localStorage.setItem(MEMORY, String(share));
  }

  get share() {
    return Number(this.getAttribute("aria-valuenow"));
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
}

customElements.define("split-divider", SplitDivider);
