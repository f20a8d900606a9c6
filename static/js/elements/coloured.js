// @ts-check
/**
 * Text with its strings, comments, numbers and names marked: enough to read by, no parser. Joined, the parts are the
 * whole. What opens need not close, so that no place is looked at twice and the time is linear.
 */
import { h } from "../dom.js";

const SYNTAX = {
  json: /(?<key>"(?:[^"\\]|\\.)*"(?=:))|(?<string>"(?:[^"\\]|\\.)*"?)|(?<literal>\b(?:true|false|null)\b)|(?<number>-?\b\d[\d.eE+-]*)/g,
  markup: /(?<comment><!--[^]*?(?:-->|$)|<[!?][^>]*>?)|(?<key><\/?[\w:.-]+|\/?>)|(?<string>(?<==)(?:"[^"<]*"?|'[^'<]*'?))/g,
  code: /(?<comment>(?<=^|\n)[ \t]*(?:#|\/\/).*)|(?<string>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?)|(?<key>(?<=\s)--?[a-zA-Z][\w-]*|(?<=^|\n)[\w-]+(?=[: ]))|(?<number>\b\d[\d._]*\b)/g,
};

/** @param {string} text @param {keyof typeof SYNTAX} syntax @returns {(Node | string)[]} */
export function coloured(text, syntax) {
  let end = 0;
  const parts = [...text.matchAll(SYNTAX[syntax])].flatMap(({ index, 0: word, groups = {} }) => {
    const before = text.slice(end, index);
    end = index + word.length;
    return [before, h("span", { class: `code-${Object.keys(groups).find((type) => groups[type] !== undefined)}` }, word)];
  });
  return [...parts, text.slice(end)];
}
