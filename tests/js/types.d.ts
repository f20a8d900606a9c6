/**
 * Shapes that several modules of `static/js` share, ambient for the type checker and never shipped:
 * `npx -p typescript tsc -p tests/js`. What the server sends is made by `echoscope/exchange/document.py`.
 */

/** UTF-8 text as itself, anything else in base64. */
type Bytes = string | { base64: string };
type Header = [Bytes, Bytes];

/** One line of the list and of the feed. */
interface Summary {
  seq: number;
  id: string;
  /** `refused`: a request that the server turned away; method and path may be empty */
  state: "open" | "done" | "disconnected" | "error" | "refused";
  type: "http" | "websocket";
  http_version: string | null;
  method: string | null;
  path: string;
  query_string: Bytes;
  status: number | null;
  /** RFC 3339 */
  started_at: string;
  duration_ms: number;
  received_bytes: number;
  sent_bytes: number;
  is_event_stream: boolean;
  client: string | null;
  content_type: Bytes | null;
  user_agent: Bytes | null;
  /** why a request was turned away */
  reason?: string | null;
}

/** What the server says of itself: `/-/api/info`. */
interface Info {
  epoch: string;
  oldest: number;
  head: number;
  exchanges: number;
  max_exchanges: number;
  warnings: string[];
}

interface Body {
  /** the true size; `kept` bytes of it are in `content` */
  size: number;
  kept: number;
  truncated: boolean;
  sha256?: string | null;
}

interface AsgiEvent {
  channel: "receive" | "send";
  type: string;
  at_ms: number;
  size: number;
  truncated: boolean;
  message: Record<string, any>;
}

interface ExchangeDocument extends Summary {
  scope: Record<string, any> & { headers: Header[] };
  events: AsgiEvent[];
  events_omitted: number;
  request: { body: Body };
  response: null | { status: number | null; headers: Header[]; body: Body };
  error: string | null;
  findings: Finding[];
  /** of a bin that holds its sender's secret */
  signature?: Signature | null;
  inside?: Inside | null;
}

/** Whether a request is signed with a secret, and what would explain that it is not. */
interface Signature {
  scheme: string;
  title: string;
  status: "valid" | "invalid" | "missing" | "undecided";
  detail: string;
  mistake: string | null;
  advice: string;
  reference: string;
  skew_s: number | null;
}

interface Scheme {
  id: string;
  title: string;
  secret: string;
  signs: string;
  reference: string;
  options: { name: string; title: string; default: string; choices: string[] }[];
}

interface Bin {
  name: string;
  signature: { scheme: string; options: Record<string, string> } | null;
}

interface BinAnswer {
  status?: number;
  headers?: [string, string][] | Record<string, string>;
  body?: string | { base64: string };
  delay?: number;
  fault?: string | null;
  times?: number;
  echo?: boolean;
}

interface BinRule {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  json?: Record<string, string>;
  signature?: string;
  answers?: BinAnswer[];
}

interface BinDefinition {
  rules?: BinRule[];
  answers?: BinAnswer[];
}

interface BinPreset {
  id: string;
  title: string;
  about: string;
  reference: string;
  needs_secret: boolean;
  answers: BinDefinition;
}

interface BinPreview {
  rule: number | null;
  status: number | null;
  headers: [string, string][];
  body: Bytes;
  fault: string | null;
  delay: number;
  echo: boolean;
  remarks: string[];
}

/** What was seen inside an app that Echoscope stands around. */
interface Inside {
  worked_ms: number;
  waited_ms: number;
  route: null | { template: string | null; endpoint: string | null; parameters: Record<string, unknown> };
  logs: LogLine[];
  logs_omitted: number;
  changes: Change[] | null;
}

interface LogLine {
  at_ms: number;
  level: string;
  logger: string;
  message: string;
  place: string;
  error: string | null;
}

interface Change {
  where: string;
  name: string;
  before: unknown;
  after: unknown;
}

/** One request in one way, as `ways` of the API has it; `of`: the pieces of the request that a row is made of. */
interface Way {
  id: string;
  title: string;
  rows: WayRow[];
}

interface WayRow {
  key: string;
  value: any;
  of: string[];
  note: string;
}

/** What is against the ASGI specification, as `conformance` of the API has it. */
interface Breach {
  rule: string;
  by: string;
  where: string;
  why: string;
  event: number | null;
  level: "error" | "warning";
  sentence: string;
  link: string;
}

/** A page of the list: newest first; `next` is what to pass as `before` for more. */
interface Page {
  epoch: string;
  oldest: number;
  head: number;
  items: Summary[];
  next: number | null;
}

interface Gap {
  from: number;
  to: number;
  missed: number;
  reason: string;
}

/** What a message of the feed means for the list. */
type Step =
  | { do: "put"; items: Summary[] }
  | { do: "gap"; gap: Gap }
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

/** What became of a file. */
interface Imported {
  imported: number;
  skipped: { entry: number; reason: string }[];
  already_here: number;
  not_pinned: number;
  skipped_count: number;
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

/** The ways in which a body can be looked at. */
type View = "json" | "form" | "text" | "image" | "hex";

interface HTMLElementTagNameMap {
  "body-view": HTMLElement & { show(exchange: ExchangeDocument, of: "request" | "response"): void };
  "copy-button": HTMLElement & { value: string | (() => string) | null };
}

/** A request as text that can be edited; `body` is null where it is no text. */
interface Draft {
  head: string;
  body: string | null;
  size: number;
  cut: boolean;
  /** of a WebSocket session, what the client said; null where one is no text */
  messages?: string[] | null;
}

/** How a request is sent again; what is left out is as it was. */
interface SendWish {
  to?: string;
  head?: string;
  body?: string;
  messages?: string[];
  /** whether what was edited was shown with its secrets */
  reveal?: boolean;
}

/** What became of it. `to` is "" for the server that recorded it. */
interface Sent {
  id: string | null;
  status: number | null;
  duration_ms: number;
  is_whole: boolean;
  to: string;
}
