// @ts-check
/**
 * One line below the list about how much there is, how much of it is here, and what is not. Pure.
 */
import { count, countOf } from "./format.js";

/**
 * @typedef {object} Amounts
 * @property {number | null} pinned how many, where the pinned ones are shown
 * @property {number} shown exchanges that are in the list
 * @property {number} gone of these, those of which the server keeps nothing more
 * @property {number} kept how many the server keeps, whatever the list shows
 * @property {boolean} isComplete whether there is nothing older to load
 * @property {string} q
 * @property {boolean} isSearching
 * @property {{done: number, total: number} | null} progress of the search, in places of the log
 * @property {boolean} isCutOff whether the server does not answer
 * @property {number} trimmed rows that left the page to save memory
 */

/** @param {Amounts} amounts */
export function footText(amounts) {
  if (amounts.pinned !== null) return `${count(amounts.pinned)} pinned: they survive clearing and making room`;
  const { gone, trimmed } = amounts;
  const rest = [
    gone > 0 && `of ${count(gone)} only the line is left`,
    trimmed > 0 && `${count(trimmed)} older ones left this page to save memory`,
  ];
  return [...(amounts.q ? searchParts(amounts) : listParts(amounts)), ...rest].filter(Boolean).join(" · ");
}

/** @param {Amounts} amounts */
function searchParts({ shown, isSearching, progress, isCutOff }) {
  if (isCutOff) return ["The server does not answer, and only it can search"];
  const place = progress && `${count(progress.done)} of ${count(progress.total)}`;
  if (isSearching) return [["Searching", place].filter(Boolean).join(" ") + `: ${count(shown)} found so far`];
  return progress ? [`${count(shown)} found in the newest ${place}`, "older ones are searched as you scroll"] : [`${count(shown)} found`];
}

/** @param {Amounts} amounts */
function listParts({ shown, gone, kept, isComplete }) {
  const whole = Math.max(kept, shown - gone);
  if (isComplete || shown - gone >= whole) return [countOf(whole, "exchange") + (gone > 0 ? " kept" : "")];
  return [`${count(shown - gone)} of ${count(whole)} kept`, "older ones load as you scroll"];
}
