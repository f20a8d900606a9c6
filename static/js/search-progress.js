// @ts-check
/**
 * How a search goes through the log: from the newest end, in pieces that take the server about as long as
 * somebody waits without wondering. Pure.
 */

export const PIECE = 1_000; // places of the log in the first piece
const LARGEST = 50_000;
const WANTED_MS = 250; // for one piece

/** @param {number} before the piece ends below this place @param {number} size @returns the parameters that ask for it */
export function pieceOf(before, size) {
  return { before, after: Math.max(0, before - 1 - size) };
}

/** @param {number} size of the piece that was looked at @param {number} took in milliseconds @returns {number} size of the one to come */
export function nextPiece(size, took) {
  if (took > 2 * WANTED_MS) return Math.max(100, Math.round(size / 2));
  return took < WANTED_MS ? Math.min(LARGEST, size * 2) : size;
}
