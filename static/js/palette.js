// @ts-check
/**
 * Which commands a few typed letters mean: each word of them has to be a piece of the command's text. Pure.
 */

const START = 3; // of the text
const WORD = 2; // of a word in it
const INSIDE = 1; // anywhere

/**
 * @template {{text: string}} T
 * @param {T[]} choices
 * @param {string} typed
 * @returns {T[]} those that fit, the best first, equal ones in their order
 */
export function matching(choices, typed) {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return choices
    .map((choice) => ({ choice, score: scoreOf(choice.text.toLowerCase(), words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ choice }) => choice);
}

/** @param {string} text @param {string[]} words @returns 0 when one of them is missing */
function scoreOf(text, words) {
  const scores = words.map((word) => wordScore(text, word));
  return scores.includes(0) ? 0 : 1 + scores.reduce((sum, score) => sum + score, 0);
}

/** @param {string} text @param {string} word @returns {number} */
function wordScore(text, word) {
  if (text.startsWith(word)) return START;
  if (text.includes(` ${word}`)) return WORD;
  return text.includes(word) ? INSIDE : 0;
}
