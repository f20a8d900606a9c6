// @ts-check
/**
 * Which way a key leads from a row of a tree whose rows stand one below the other (ARIA tree pattern).
 */

/** @param {HTMLElement} row @param {string} key @returns {{to?: Element | null, acts?: boolean} | null} null: not a key of trees */
export function moveOf(row, key) {
  const { nextElementSibling: next, previousElementSibling: previous, ariaExpanded } = row;
  switch (key) {
    case "ArrowDown": return { to: next };
    case "ArrowUp": return { to: previous };
    case "ArrowRight": return ariaExpanded === "false" ? { acts: true } : { to: levelOf(next) > levelOf(row) ? next : null };
    case "ArrowLeft": return ariaExpanded === "true" ? { acts: true } : { to: parentOf(row) };
    case "Home": return { to: row.parentElement?.firstElementChild };
    case "End": return { to: row.parentElement?.lastElementChild };
    case "Enter":
    case " ": return { acts: true };
    default: return null;
  }
}

/** @param {Element | null} row */
export function levelOf(row) {
  return Number(row?.ariaLevel ?? 0);
}

/** @param {Element} row */
function parentOf(row) {
  let at = row.previousElementSibling;
  while (at && levelOf(at) >= levelOf(row)) at = at.previousElementSibling;
  return at;
}
