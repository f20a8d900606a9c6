// @ts-check
/**
 * A finger that rests on something: what the right button or a key with a click is elsewhere. A click that follows it is
 * no click.
 */

const PRESS_MS = 450;
const STEADY = 10; // CSS pixels that a finger may move

/** @param {HTMLElement} element @param {(target: HTMLElement) => void} pressed given what the finger rests on */
export function onLongPress(element, pressed) {
  let timer = 0;
  let isDone = false;
  let from = { x: 0, y: 0 };
  const stop = () => clearTimeout(timer);
  element.addEventListener("pointerdown", ({ pointerType, isPrimary, clientX, clientY, target }) => {
    stop();
    isDone = false;
    if (pointerType !== "touch" || !isPrimary) return;
    from = { x: clientX, y: clientY };
    timer = setTimeout(() => {
      isDone = true;
      pressed(/** @type {HTMLElement} */ (target));
    }, PRESS_MS);
  }, { passive: true });
  element.addEventListener("pointermove", ({ clientX, clientY }) => {
    if (Math.hypot(clientX - from.x, clientY - from.y) > STEADY) stop();
  }, { passive: true });
  for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, stop);
  element.addEventListener("contextmenu", (event) => {
    if (/** @type {PointerEvent} */ (event).pointerType === "touch") event.preventDefault(); // that of a link
  });
  element.addEventListener("click", (event) => {
    if (!isDone) return;
    isDone = false;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });
}
