// @ts-check
/**
 * The messages of an exchange as lines to read: which are shown, and where nothing happened for long. Pure.
 */

const PAUSE_SHARE = 0.15; // of the whole time: a pause that can be seen on the axis
const PAUSE_MS = 20; // and that is no mere scheduling

export const DIRECTIONS = { all: "All", receive: "Received", send: "Sent" };

/**
 * @param {AsgiEvent[]} events @param {string} direction one of DIRECTIONS
 * @param {number} span of the whole time in ms
 * @returns {EventLine[]} with the time since the line before, and whether that is worth a remark
 */
export function linesOf(events, direction, span) {
  let before = 0;
  return events.flatMap((event, index) => {
    if (direction !== "all" && event.channel !== direction) return [];
    const pause = event.at_ms - before;
    const line = { event, index, from: before, pause, isLong: pause >= PAUSE_MS && pause >= span * PAUSE_SHARE };
    before = event.at_ms;
    return [line];
  });
}

/**
 * Of many lines the first and the last ones: a session's beginning and its end say most.
 * @param {EventLine[]} lines @param {number} shown how many at most
 * @returns {[EventLine[], number, EventLine[]]} the beginning, how many are left out, the end
 */
export function ends(lines, shown) {
  if (lines.length <= shown) return [lines, 0, []];
  const head = shown - 50;
  return [lines.slice(0, head), lines.length - shown, lines.slice(-50)];
}

/** @param {{message: Record<string, any>}} event @returns {Bytes | null} what it carries */
export function payloadOf({ message }) {
  const { body, text, bytes } = message;
  return [text, bytes, body].find((one) => one !== undefined && one !== null && one !== "") ?? null;
}
