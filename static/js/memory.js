// @ts-check
/**
 * What a reader has chosen, kept by the browser for the next visit. Where it may keep nothing, choices last as
 * long as the page.
 */

const PREFIX = "echoscope.";

/** @template T @param {string} name @param {T} fallback @returns {T} what was chosen last; of the fallback's type */
export function remembered(name, fallback) {
  try {
    const value = JSON.parse(localStorage.getItem(PREFIX + name) ?? "null");
    return typeof value === typeof fallback && Array.isArray(value) === Array.isArray(fallback) && value !== null ? value : fallback;
  } catch {
    return fallback;
  }
}

/** @param {string} name @param {unknown} value JSON */
export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // a full or forbidden storage forgets
  }
}
