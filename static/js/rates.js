// @ts-check
/**
 * How many exchanges a second, and how long they took, over the last minute. Pure: the caller brings the
 * clock. One bucket per second, with a bounded sample of durations.
 */

const SPAN_S = 60;
const SAMPLE = 200; // durations kept per second: enough for a median
const SMOOTHED_S = 3; // the figure beside the line is the mean of so many whole seconds

export class Rates {
  /** @type {Map<number, {count: number, durations: number[]}>} */
  #buckets = new Map();

  /**
   * @param {number} now in seconds
   * @param {number[]} durations in milliseconds, one per finished exchange
  */
  add(now, durations) {
    const bucket = this.#bucket(Math.floor(now));
    bucket.count += durations.length;
    bucket.durations.push(...durations.slice(0, SAMPLE - bucket.durations.length));
  }

  /** @param {number} now in seconds @returns {Second[]} the last minute's whole seconds, oldest first */
  series(now) {
    const end = Math.floor(now);
    return Array.from({ length: SPAN_S }, (_, index) => {
      const bucket = this.#buckets.get(end - SPAN_S + index);
      return { count: bucket?.count ?? 0, median: bucket ? median(bucket.durations) : null };
    });
  }

  /** @param {number} second */
  #bucket(second) {
    const known = this.#buckets.get(second);
    if (known) return known;
    for (const old of this.#buckets.keys()) if (old < second - SPAN_S) this.#buckets.delete(old);
    const bucket = { count: 0, durations: [] };
    this.#buckets.set(second, bucket);
    return bucket;
  }
}

/** @param {Second[]} series @returns {{perSecond: number, median: number | null}} the figures of the moment */
export function latest(series) {
  const recent = series.slice(-SMOOTHED_S);
  const total = recent.reduce((sum, second) => sum + second.count, 0);
  return { perSecond: total / SMOOTHED_S, median: series.findLast((second) => second.median !== null)?.median ?? null };
}

/** @param {number[]} values */
export function median(values) {
  if (!values.length) return null;
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/**
 * A line over the series as an SVG path, in a box of `width` by `height`. Seconds without a value break it.
 * @param {(number | null)[]} values @param {{width: number, height: number}} box
 */
export function linePath(values, { width, height }) {
  const highest = Math.max(...values.map((value) => value ?? 0), Number.MIN_VALUE);
  const step = width / (values.length - 1);
  let pen = "M";
  return values.map((value, index) => {
    if (value === null) {
      pen = "M";
      return "";
    }
    const point = `${pen}${(index * step).toFixed(1)} ${(height - (value / highest) * (height - 2) - 1).toFixed(1)}`;
    pen = "L";
    return point;
  }).join("");
}
