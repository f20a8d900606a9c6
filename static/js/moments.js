// @ts-check
/**
 * Times as people type them: a clock time, a date with one, or how long ago. Pure.
 */

const AGE = /^(\d{1,6}(?:\.\d+)?) ?(s|m|min|h|d)(?: ago)?$/;
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?$/;
const DATED = /^\d{4}-\d{2}-\d{2}[t ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(z|[+-]\d{2}:\d{2})?$/;

/** In milliseconds. @type {Record<string, number>} */
const UNITS = { s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * @param {string} text "14:03", "14:03:20.5", "2026-11-27 14:03", "5m", "2 h ago"; by the reader's clock
 * @param {Date} now a clock time that is still to come today was yesterday
 * @returns {number} milliseconds since 1970, of what names a minute or a second its end; NaN for what is no time
 */
export function momentOf(text, now = new Date()) {
  const typed = text.trim().toLowerCase();
  const [, amount, unit] = AGE.exec(typed) ?? [];
  if (unit) return now.getTime() - Number(amount) * UNITS[unit];
  const [, hours, minutes, seconds, fraction] = CLOCK.exec(typed) ?? [];
  if (hours !== undefined) {
    if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds ?? 0) > 59) return NaN;
    const moment = new Date(now);
    moment.setHours(Number(hours), Number(minutes), Number(seconds ?? 59), fraction ? Number(fraction.padEnd(3, "0")) : 999);
    const begin = moment.getTime() - (seconds === undefined ? 59_999 : fraction ? 0 : 999);
    if (begin > now.getTime()) moment.setDate(moment.getDate() - 1);
    return moment.getTime();
  }
  if (!DATED.test(typed)) return NaN;
  const [, ofSeconds, ofFraction] = DATED.exec(typed) ?? [];
  return Date.parse(typed.replace(" ", "T").toUpperCase()) + (ofFraction ? 0 : ofSeconds ? 999 : 59_999);
}
