/**
 * Shapes of the front end's own, ambient for the type checker and never shipped. What the server tells stands in
 * `api.d.ts`, which is made of its structs.
 */

/** UTF-8 text as itself, anything else in base64. */
type Bytes = string | Base64;
type Header = [Bytes, Bytes];

/** Seqs that the list has not got: as the feed says, or as the seqs show. */
interface Hole {
  from: number;
  to: number;
  missed: number;
  reason: Gap["reason"] | "unannounced";
}

/** What a message of the feed means for the list. */
type Step =
  | { do: "put"; items: Summary[] }
  | { do: "gap"; gap: Hole }
  | { do: "remove"; id: string; seq: number }
  | { do: "clear"; seq: number }
  | { do: "reload" }
  | { do: "reconnect" };

interface ExchangeRow {
  kind: "exchange";
  key: string;
  order: number;
  summary: Summary;
  /** of an earlier run of the server: only this line is left */
  isLeft?: boolean;
}

interface GapRow {
  kind: "gap";
  key: string;
  order: number;
  missed: number;
  reason: string;
  /** when, in ms; of a restart */
  at?: number;
  isLeft?: boolean;
}

type Row = ExchangeRow | GapRow;

/** What the inspector's address says. */
interface Place {
  q: string;
  /** show the pinned ones instead of a search */
  isPinned: boolean;
  id: string | null;
  tab: string;
  /** the exchange with which `id` is compared */
  other: string | null;
}

/** What people put on an exchange, and whether it is to be compared. */
interface RowMarks {
  isPinned: boolean;
  isMarked: boolean;
  /** the server keeps no more of it than this line */
  isGone: boolean;
  /** it is of an earlier run of the server, as a line above it says */
  isLeft: boolean;
  /** where it was sent from here, in words */
  sent: string;
  note: string;
}

/** Which exchanges an export holds: those with these ids, or those that a search finds. */
interface ExportChoice {
  title: string;
  q?: string;
  ids?: string[];
}

/** One second of traffic. */
interface Second {
  count: number;
  median: number | null;
}

/** Something to do; without keys only the palette and buttons know it. */
interface Command {
  keys: string[];
  action: string;
  text: string;
}

/** A term of a search, for its chip. */
interface SearchTerm {
  text: string;
  field: string;
  value: string;
  negated: boolean;
}

/** What codes and keys mean, by code or key: from `echoscope/http/glossary.py`. */
interface Words {
  status: Record<string, string>;
  close: Record<string, string>;
  scope: Record<string, string>;
}

/** A word of a JSON text, or what is written between two. */
interface Token {
  type: "key" | "string" | "number" | "literal" | "layout";
  text: string;
}

/** What an element may be made of; what is not there is left out. */
type Child = Node | string | null | undefined | false;

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

/** A row of a JSON tree. */
interface TreeEntry {
  key: string;
  path: string;
  node: JsonNode;
  level: number;
}

/** One line of two lists laid side by side; null where one has nothing. */
interface Difference {
  kind: "same" | "changed" | "written" | "moved" | "removed" | "added" | "own";
  name: string;
  a: string | null;
  b: string | null;
}

/** An event in the waterfall. */
interface EventLine {
  event: AsgiEvent;
  index: number;
  from: number;
  pause: number;
  isLong: boolean;
}

interface HTMLElementTagNameMap {
  "body-view": HTMLElement & { show(exchange: ExchangeDocument, of: "request" | "response"): void };
  "copy-button": HTMLElement & { value: string | (() => string) | null };
  "headers-view": HTMLElement & { show(exchange: ExchangeDocument, of: "request" | "response"): void };
  "body-glance": HTMLElement & { show(exchange: ExchangeDocument, of: "request" | "response"): void };
  "json-tree": HTMLElement & { show(roots: TreeEntry[]): void };
}
