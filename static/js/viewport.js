// @ts-check
/**
 * Which rows of a long list are in sight. Pure arithmetic over rows of one height, in CSS pixels.
 */

/**
 * @param {{scrollTop: number, height: number, rowHeight: number, count: number, overscan?: number}} view
 * @returns {{first: number, last: number}} the rows to have in the page: from `first`, up to but without `last`
 */
export function rowsInView({ scrollTop, height, rowHeight, count, overscan = 6 }) {
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight) - overscan;
  const last = Math.ceil((Math.max(0, scrollTop) + height) / rowHeight) + overscan;
  return { first: clamp(first, 0, count), last: clamp(last, 0, count) };
}

/**
 * The smallest scroll that brings a row fully into sight.
 * @param {{index: number, scrollTop: number, height: number, rowHeight: number}} view
 * @returns the new scroll position; the old one when the row is in sight
 */
export function scrollToRow({ index, scrollTop, height, rowHeight }) {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  return Math.max(scrollTop, top + rowHeight - height);
}

/** @param {number} value @param {number} low @param {number} high */
export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
