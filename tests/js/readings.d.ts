/** What the server reads out of an exchange: made by `echoscope/bodies`, `echoscope/headers` and `echoscope/code`. */

/** A question to the server, and whom to give the answer. */
interface Wish {
  id: string;
  seq: number;
  path: string;
  /** with secrets or without; as the page shows them where nothing is said */
  isRevealing?: boolean;
  resolve: (reading: any) => void;
  reject: (error: Error) => void;
}

/** JSON with its digits, its order and its repeated keys. */
type JsonNode = string | boolean | null | { number: string } | JsonNode[] | { members: [string, JsonNode][] };

type JsonError = { detail: string; line: number | null; column: number | null; position: number | null };

interface JsonRead {
  value?: JsonNode;
  error?: JsonError;
  lines?: { line: number; value?: JsonNode; error?: JsonError }[];
  omitted?: number;
  notes: string[];
}

interface ImageRead {
  media_type: string;
  width: number | null;
  height: number | null;
  data_url: string | null;
}

interface Part {
  name: Bytes | null;
  filename: Bytes | null;
  content_type: string | null;
  headers: Header[];
  size: number;
  complete: boolean;
  kind: string;
  content: Bytes;
  shown: number;
  image: ImageRead | null;
}

interface BodyReading {
  of: "request" | "response";
  /** whether secrets are hidden in it */
  masked?: boolean;
  content_type: string | null;
  size: number;
  kept: number;
  truncated: boolean;
  coding: null | { names: string[]; undone: string | null; state: string; detail: string | null };
  decoded_size: number;
  charset: null | { name: string; source: string; detail: string | null };
  kind: string;
  /** where it is not the same as the text */
  content?: Bytes;
  text: string | null;
  json: JsonRead | null;
  form: { fields: Header[]; omitted: number } | null;
  multipart: { boundary: string; parts: Part[]; complete: boolean; detail: string | null } | null;
  image: ImageRead | null;
  notes: string[];
}

interface Meaning {
  summary: string;
  sections: { title: string; rows: [string, string, string][] }[];
  notes: string[];
}

interface HeaderLine {
  index: number;
  name: Bytes;
  value: Bytes;
  group: string;
  secret: boolean;
  about: string | null;
  meaning: Meaning | null;
}

interface HeadersReading {
  of: "request" | "response";
  lines: HeaderLine[];
  groups: { id: string; title: string; lines: number[] }[];
  chain: Meaning | null;
}

interface Language {
  id: string;
  title: string;
  syntax: string;
}

/** A row of a JSON tree. */
interface TreeEntry {
  key: string;
  path: string;
  node: JsonNode;
  level: number;
}

/** A remark about an exchange: made by `echoscope/findings`. */
interface Finding {
  rule: string;
  level: "error" | "warning" | "note";
  title: string;
  why: string;
  /** empty where there is nothing to do */
  advice: string;
  reference: string;
  link: string | null;
  where: null | { of: "request" | "response"; part: string; index?: number; name?: string; start?: number; end?: number };
}

/** One line of two lists laid side by side; null where one has nothing. */
interface Difference {
  kind: "same" | "changed" | "written" | "moved" | "removed" | "added" | "own";
  name: string;
  a: string | null;
  b: string | null;
}

interface HTMLElementTagNameMap {
  "headers-view": HTMLElement & { show(exchange: ExchangeDocument, of: "request" | "response"): void };
  "body-glance": HTMLElement & { show(exchange: ExchangeDocument, of: "request" | "response"): void };
  "json-tree": HTMLElement & { show(roots: TreeEntry[]): void };
}

/** An event in the waterfall. */
interface EventLine {
  event: AsgiEvent;
  index: number;
  from: number;
  pause: number;
  isLong: boolean;
}
