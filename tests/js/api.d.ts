/**
 * What the JSON API and the feed tell, and what is asked of the API: made of the structs of the server by
 * `python -m tests.typescript`, ambient for the type checker and never shipped.
 */

/**
 * `headers`: names and values in their order, or by name. `delay`: seconds before the answer. `times`: how often before
 * the next of the sequence. `echo`: the request itself is the answer. A `body` of text takes values of the request,
 * such as `{{ json.challenge }}`.
 */
interface Answer {
  status?: number;
  headers?: [string, string][] | Record<string, string>;
  body?: string | AnswerBytes;
  delay?: number;
  fault?: "close" | "half" | "hang" | "reset" | null;
  times?: number;
  echo?: boolean;
}

/** Bytes that are no text; nothing is filled in. */
interface AnswerBytes {
  base64: string;
}

/** All that a bin answers. */
interface Answers {
  rules?: Rule[];
  answers?: Answer[];
}

/**
 * An ASGI message as it passed. `at_ms`: after the exchange began. `size`: of its payload, in bytes, of which not all
 * is kept where it is `truncated`. `message`: the keys of the ASGI specification, bytes by the one rule.
 */
interface AsgiEvent {
  channel: "receive" | "send";
  type: string;
  at_ms: number;
  size: number;
  truncated: boolean;
  message: Record<string, any>;
}

/**
 * What a wait gave. `epoch`, `after`: from where the next wait goes on. `missed`: how many exchanges had left the log
 * before they were looked at; null where the log began anew in the meantime.
 */
interface AwaitedExchange {
  epoch: string;
  after: number;
  missed: number | null;
  exchange: ExchangeDocument;
}

/** Bytes that are no UTF-8 text. */
interface Base64 {
  base64: string;
}

/**
 * What somebody would believe. `who`, `version`: as far as the rules are known to hold. `setting`: "" for as it comes.
 * `refused`: why it would not answer. `note`: what is peculiar.
 */
interface Belief {
  who: string;
  version: string;
  setting: string;
  client: string | null;
  scheme: string | null;
  host: string | null;
  refused: string | null;
  note: string;
}

/**
 * A bin without its secrets: its addresses, its age, what it keeps and what is set. `expires_at`: null for never.
 * `exchanges`, `bytes`: what is kept in it; `head`: the newest seq.
 */
interface BinDocument {
  name: string;
  maker: "operator" | "setting" | "use" | "visitor";
  url: string;
  inspector: string;
  created_at: string;
  used_at: string;
  expires_at: string | null;
  has_key: boolean;
  has_answers: boolean;
  signature: SignedDocument | null;
  exchanges: number;
  bytes: number;
  head: number;
}

/** The new key of a bin. */
interface BinKey {
  name: string;
  key: string;
}

/** All bins, the newest first. */
interface BinList {
  items: BinDocument[];
  max_bins: number;
}

/** What may be asked for of a new bin; a visitor's has neither. */
interface BinWish {
  name?: string | null;
  key?: string | null;
  [key: string]: any;
}

/** `content`: what is kept, which is in the events as well, and so here only for who asks for it. */
interface BodyDocument {
  size: number;
  kept: number;
  truncated: boolean;
  content?: string | Base64;
}

/**
 * What a body is and what it says. `of`: whose it is; `masked`: whether secrets are hidden in it. `media_type`: of the
 * Content-Type, without its parameters. `size`, `kept`: how long it was as it was sent, and how much of it is kept, in
 * bytes. `coding`: what became of its Content-Encoding. `decoded_size`: without that. `kind`: what it is, whatever the
 * Content-Type says. `text`: in its `charset`; null for what is no text. `content`: the bytes without their coding,
 * where they are no UTF-8 text that stands in `text` as it is. `hex`: only where it was asked for. Then what was read,
 * by its kind; `indented`: XML over several lines. `notes`: what is peculiar.
 */
interface BodyReading {
  of: "request" | "response";
  masked: boolean;
  content_type: string | null;
  media_type: string | null;
  size: number;
  kept: number;
  truncated: boolean;
  coding: Coding | null;
  decoded_size: number;
  charset: Charset | null;
  kind: "binary" | "css" | "empty" | "event-stream" | "form" | "graphql" | "html" | "image" | "javascript" | "json" | "json-seq" | "multipart" | "ndjson" | "text" | "xml";
  content?: string | Base64;
  text: string | null;
  hex?: HexDump;
  json: JsonRead | null;
  graphql: GraphqlRead | null;
  form: FormRead | null;
  multipart: MultipartRead | null;
  event_stream: EventStreamRead | null;
  indented: string | null;
  image: ImageRead | null;
  notes: string[];
}

/** A breach as it is told: with its level, the sentence of the specification, and the link to that. */
interface BreachDocument {
  rule: string;
  by: "app" | "middleware" | "server" | "server or middleware";
  where: string;
  why: string;
  event: number | null;
  level: "error" | "warning";
  sentence: string;
  link: string;
}

/** The last message of a server that ends: `after` which seq to go on. */
interface Bye {
  type: "bye";
  after: number;
}

/** `before` and `after` are plain data, bytes among them; null for what was not there. */
interface Change {
  where: "messages" | "request body" | "request header" | "response body" | "response header" | "scope" | "status";
  name: string;
  before: any;
  after: any;
}

/** The charset of a text and who named it. `detail`: what does not fit, one sentence. */
interface Charset {
  name: string;
  source: "bom" | "content" | "content-type" | "default";
  detail: string | null;
}

/** The line that begins a chunk: its size in bytes, and its extension with the semicolon. */
interface Chunk {
  size: number;
  extension: string | Base64;
}

/**
 * A body in chunks, as far as its framing is kept. `is_whole`: whether its end is among that. `received_bytes`: how
 * long the body was.
 */
interface Chunks {
  chunks: Chunk[];
  trailers: Trailer[];
  is_whole: boolean;
  received_bytes: number;
}

/** Somebody deleted all exchanges before this seq. */
interface Cleared {
  type: "cleared";
  seq: number;
}

/** `cleared`: the seq of the record that says so. */
interface ClearedLog {
  cleared: number;
}

/**
 * What became of the codings `names`. `undone`: the one that was undone, null when none was. `state`: `whole`;
 * `nested`: whole, but other codings are left; `stopped` at a limit; `cut`: the data ended early; `failed`: it is not
 * of that coding; `unknown`: this installation cannot undo it. `detail`: one sentence unless whole.
 */
interface Coding {
  names: string[];
  undone: string | null;
  state: "cut" | "failed" | "nested" | "stopped" | "unknown" | "whole";
  detail: string | null;
}

/** What is against the ASGI specification. */
interface Conformance {
  breaches: BreachDocument[];
}

/**
 * A connection. `closed_by`, `closed_at`: as far as that is known now. `lasted_ms`: up to its end, or to that of the
 * last exchange. `requests`: how many are known to have come, of which `missing` are not kept; `items`: the others, in
 * their order.
 */
interface Connection {
  is_told: true;
  id: string;
  client: string | null;
  opened_at: string;
  closed_by: string | null;
  closed_at: string | null;
  lasted_ms: number;
  requests: number;
  missing: number;
  items: ConnectionItem[];
}

/**
 * An exchange of a connection. `number`: of the request on it, from 1. `is_this`: whether it is the one that is looked
 * at. `at_ms`: when it began, after the connection was opened. `idle_ms`: since the one before it was over; null where
 * that is not kept, or it did not wait. `x`, `width`: its place in the picture, of `WIDTH`.
 */
interface ConnectionItem {
  id: string;
  seq: number;
  method: string | null;
  path: string;
  status: number | null;
  state: "disconnected" | "done" | "error" | "open" | "refused";
  started_at: string;
  duration_ms: number;
  type: "http" | "websocket";
  number: number;
  is_pipelined: boolean;
  is_this: boolean;
  at_ms: number;
  idle_ms: number | null;
  x: number;
  width: number;
}

/** Somebody deleted an exchange. */
interface Deleted {
  type: "deleted";
  seq: number;
  id: string;
}

/** `deleted`: the name of the bin. */
interface DeletedBin {
  deleted: string;
}

/** `deleted`: the seq of the record that says so. */
interface DeletedExchange {
  deleted: number;
}

/**
 * A request as text to edit. `body` is null where it is no text. `size`: of the body; `cut`: whether not all of it is
 * here. `messages`: of a WebSocket session, what the client said; null where one is no text.
 */
interface DraftDocument {
  head: string;
  body: string | null;
  size: number;
  cut: boolean;
  messages?: string[] | null;
}

/** `ended`: the id of the session, or how many there were. */
interface Ended {
  ended: string | number;
}

/** The events of a stream, of which `omitted` are left out. */
interface EventStreamRead {
  events: StreamEvent[];
  omitted: number;
}

/**
 * All that is known of an exchange, with what people put on it and what is odd about it, the gravest first.
 * `signature`: whether its sender, whose secret the bin holds, has signed it; null where there is nothing to check.
 */
interface ExchangeDocument {
  seq: number;
  id: string;
  state: "disconnected" | "done" | "error" | "open" | "refused";
  type: "http" | "websocket";
  http_version: string | null;
  method: string | null;
  path: string;
  query_string: string;
  status: number | null;
  started_at: string;
  duration_ms: number;
  received_bytes: number;
  sent_bytes: number;
  is_event_stream: boolean;
  client: string | null;
  content_type: string | null;
  user_agent: string | null;
  reason: string | null;
  url: string | null;
  forwarded: Forwarded | null;
  scope: ScopeDocument;
  events: AsgiEvent[];
  events_omitted: number;
  request: RequestDocument;
  response: ResponseDocument | null;
  error: string | null;
  is_derived: boolean;
  inside: InsideDocument | null;
  pinned: boolean;
  note: string | null;
  findings: Finding[];
  signature?: Verdict | null;
}

/** News, in the order of their seqs. `through`: up to which seq was searched, where the feed has a search. */
interface Exchanges {
  type: "exchanges";
  items: Summary[];
  through: number | null;
}

/**
 * The byte that broke a request. `at`: its offset in the head; `line`, `column`: the same, counted from 1; `byte`: its
 * value, null where what came ended too soon; `before`, `marked`, `after`: the line as text in three parts; `reason`:
 * why the request was refused.
 */
interface Fault {
  at: number;
  line: number;
  column: number;
  byte: number | null;
  before: string;
  marked: string;
  after: string;
  reason: string | null;
}

/**
 * What is odd about an exchange. `rule`: the name of the rule in `findings.RULES`. `why`: one or two sentences with the
 * values that were seen. `advice`: what to do, with the exact setting or header; empty where there is nothing to do.
 * `reference`: a section of an RFC, or the address of official documentation; `link`: its address, null for what has
 * none.
 */
interface Finding {
  rule: string;
  level: "error" | "note" | "warning";
  title: string;
  why: string;
  advice: string;
  reference: string;
  where: Where | null;
  link: string | null;
}

/** The value of a field that is JSON. `field`: its index among the fields. */
interface FormJson {
  field: number;
  value: JsonNode;
  notes: string[];
}

/**
 * A form. `fields`: names and values, decoded. `json`: those that are JSON objects or lists, read. `omitted`: how many
 * fields are left out.
 */
interface FormRead {
  fields: [string | Base64, string | Base64][];
  json: FormJson[];
  omitted: number;
}

/**
 * What a trusted proxy said of a request: the client behind it, the scheme that the client used and the host that it
 * asked for. Each is null where the proxy did not say.
 */
interface Forwarded {
  client: [string, number | null] | null;
  scheme: string | null;
  authority: string | null;
}

/**
 * Seqs that will not come: `trimmed` or `slow` (they left the log before), `superseded` (a later record of the same
 * exchange stands for them), `restart` (the log began anew, and nobody can tell how many).
 */
interface Gap {
  type: "gap";
  from: number | null;
  to: number | null;
  missed: number | null;
  reason: "restart" | "slow" | "superseded" | "trimmed";
}

/**
 * A request. `operation`: the kind of the first one in the `query`. `name`: of the one that is asked for. `variables`:
 * as a tree of JSON, null without any.
 */
interface GraphqlRead {
  query: string;
  operation: string;
  name: string | null;
  variables: JsonNode | null;
}

/**
 * A line of a head. `start`: where it begins, in bytes. `name`, `separator`, `value`, `space`: its parts as they came;
 * of the request line only `value`. `end`: of the line, such as CRLF. `header`: the number of the header that it
 * became, null where it is dropped, or where no app has seen the request; `became`: what the scope has, in words.
 */
interface HeadLine {
  start: number;
  name: string | Base64;
  separator: string;
  space: string;
  end: string;
  header: number | null;
  value: string | Base64;
  became: string[];
}

/** Headers of one subject. `lines`: their indexes. */
interface HeaderGroup {
  id: string;
  title: string;
  lines: number[];
}

/**
 * A header as it came, with what its value says. `index`: of the line, from 0. `group`: the id of its group. `secret`:
 * whether it holds one, shown or not. `about`: what such a header is for.
 */
interface HeaderLine {
  index: number;
  name: string | Base64;
  value: string | Base64;
  group: string;
  secret: boolean;
  about: string | null;
  meaning: Meaning | null;
}

/** The headers of one side. `chain`: the way of a request through proxies, null where no proxy said anything. */
interface HeadersReading {
  of: "request" | "response";
  lines: HeaderLine[];
  groups: HeaderGroup[];
  chain: Meaning | null;
}

/** The first message: where the log stands. */
interface Hello {
  type: "hello";
  epoch: string;
  oldest: number;
  head: number;
}

/** The first `shown` of `size` bytes, as `hexdump -C` lays them out. */
interface HexDump {
  text: string;
  size: number;
  shown: number;
}

/**
 * A station of the way. `address`, `name`: where they are told, and `told_by` the headers that say so. The `peer` is
 * the last proxy, who connected here.
 */
interface Hop {
  role: "client" | "peer" | "proxy" | "server";
  address: string | null;
  name: string | null;
  told_by: string[];
}

/**
 * The way of a request: `hops` from the client to this server, what is said besides addresses, and what would be
 * believed of it. Without a word of a proxy `hops` has the client and the server alone. `note`: what is to be known
 * before anything else.
 */
interface HopsReading {
  is_proxied: boolean;
  hops: Hop[];
  says: Saying[];
  beliefs: Belief[];
  note: string | null;
}

/** A picture. `width`, `height`: in pixels, where they are known. `data_url`: all of it; null of a cut one. */
interface ImageRead {
  media_type: string;
  width: number | null;
  height: number | null;
  data_url: string | null;
}

/**
 * What became of a file. `already_here`: how many exchanges of it were kept before. `not_pinned`: how many could not be
 * pinned again. `skipped`: why entries were not taken, the first ones; `skipped_count`: how many there were.
 */
interface Imported {
  imported: number;
  ids: string[];
  already_here: number;
  not_pinned: number;
  skipped: Skipped[];
  skipped_count: number;
}

/**
 * What an instance is and has. While its store is away, what only that can tell is null. `exchanges`, `bytes`: what is
 * kept now. `store`: where; `store_fault`: why it cannot be reached. `waiting`: how many exchanges wait for it; `lost`:
 * how many it has not got. `subscribers`: readers of the feed. `warnings`: what people should know who look at the log,
 * the gravest first.
 */
interface Info {
  name: string;
  version: string;
  profile: "local" | "public";
  epoch: string | null;
  oldest: number | null;
  head: number | null;
  exchanges: number | null;
  bytes: number | null;
  store: string;
  store_fault: string | null;
  waiting: number;
  lost: number;
  max_exchanges: number;
  max_bytes: number;
  kept_body_bytes: number;
  subscribers: number;
  max_subscribers: number;
  warnings: string[];
  uptime_s: number;
}

/** An exchange as it was seen behind middleware, as far as that may differ. */
interface InnerDocument {
  state: "disconnected" | "done" | "error" | "open" | "refused";
  status: number | null;
  started_at: string;
  duration_ms: number;
  received_bytes: number;
  sent_bytes: number;
  scope: ScopeDocument;
  events: AsgiEvent[];
  events_omitted: number;
  error: string | null;
  inside: InsideDocument | null;
}

/**
 * What was seen inside an app that Echoscope stands around. `waited_ms`: how long the app waited for its client;
 * `worked_ms`: the rest of the time. `inner`: the exchange as a second Echoscope saw it behind middleware, and
 * `changes`: what the middleware has changed; null without one.
 */
interface InsideDocument {
  waited_ms: number;
  worked_ms: number;
  route: RouteDocument | null;
  logs: LogRecord[];
  logs_omitted: number;
  inner: InnerDocument | null;
  changes: Change[] | null;
}

/** An informational answer. */
interface Interim {
  status: number;
  reason: string;
}

/**
 * Why a text is no JSON, or not laid out. `line`, `column`: counted from 1; `position`: in characters from 0; null
 * where no place is to blame.
 */
interface JsonError {
  detail: string;
  line: number | null;
  column: number | null;
  position: number | null;
}

/** One of several JSON texts, with its `value` or its `error`. `line`: its number, from 1. */
interface JsonLine {
  line: number;
  value?: JsonNode;
  error?: JsonError;
}

/** JSON with its digits, its order and its repeated keys. */
type JsonNode = string | boolean | null | { number: string } | JsonNode[] | { members: [string, JsonNode][] };

/**
 * JSON, read: the `value`, or the `error`, or of several texts the `lines`, of which `omitted` are left out. `notes`:
 * what is peculiar.
 */
interface JsonRead {
  value?: JsonNode;
  error?: JsonError;
  lines?: JsonLine[];
  omitted?: number;
  notes: string[];
}

/** A form of code. `id`: its name in addresses. `syntax`: how to colour it. */
interface Language {
  id: string;
  title: string;
  syntax: "go" | "http" | "javascript" | "powershell" | "python" | "shell";
}

/** The languages that there are for an exchange. */
interface Languages {
  languages: Language[];
}

/**
 * A log record of the app. `at_ms`: after the exchange began. `place`: file, line and function. `error`: the traceback
 * that was logged with it.
 */
interface LogRecord {
  at_ms: number;
  level: string;
  logger: string;
  message: string;
  place: string;
  error: string | null;
}

/** What people put on an exchange. */
interface Marks {
  id: string;
  pinned: boolean;
  note: string | null;
}

/** The meaning of a value: one line, the details, and what people should know about it. */
interface Meaning {
  summary: string;
  sections: Section[];
  notes: string[];
}

/**
 * What the payload of an event says. `index`: of the event among the kept ones, from 0. `kind`: json, json-seq (each
 * record with its separator, as SignalR sends them), ndjson, text, empty or binary. `text`: null for what is none.
 */
interface MessageReading {
  index: number;
  kind: "binary" | "css" | "empty" | "event-stream" | "form" | "graphql" | "html" | "image" | "javascript" | "json" | "json-seq" | "multipart" | "ndjson" | "text" | "xml";
  text: string | null;
  json: JsonRead | null;
}

/** A multipart body. `complete`: whether the last boundary was there. `detail`: what is wrong with it. */
interface MultipartRead {
  boundary: string;
  parts: Part[];
  complete: boolean;
  detail: string | null;
}

/** A bin that was made, with its key this once; null in the local profile, which has none. */
interface NewBin {
  name: string;
  maker: "operator" | "setting" | "use" | "visitor";
  url: string;
  inspector: string;
  created_at: string;
  used_at: string;
  expires_at: string | null;
  has_key: boolean;
  has_answers: boolean;
  signature: SignedDocument | null;
  exchanges: number;
  bytes: number;
  head: number;
  key: string | null;
}

/** What another server does not tell. */
interface NotTold {
  is_told: false;
  why_not: string;
}

/** What somebody writes on an exchange, at most 2,000 characters. */
interface Note {
  note: string;
}

/** A setting of a scheme. `choices`: all values that it takes, where they are few; `default`: the usual one. */
interface Option {
  name: string;
  title: string;
  default: string;
  choices: string[];
}

/**
 * A page of the list, the newest exchange first. `oldest`, `head`: the seqs between which the log stood before the page
 * was looked for. `next`: what to pass as `before` for more, null at the end.
 */
interface Page {
  epoch: string;
  oldest: number;
  head: number;
  items: Summary[];
  next: number | null;
}

/**
 * A part of a multipart body. `size`: as it was sent, in bytes. `complete`: whether its end was there. `content`: its
 * beginning of `shown` bytes, without its transfer coding, or as text of its `charset`. `json`: what is JSON, read.
 */
interface Part {
  name: string | Base64 | null;
  filename: string | Base64 | null;
  content_type: string | null;
  headers: [string | Base64, string | Base64][];
  size: number;
  complete: boolean;
  kind: "binary" | "css" | "empty" | "event-stream" | "form" | "graphql" | "html" | "image" | "javascript" | "json" | "json-seq" | "multipart" | "ndjson" | "text" | "xml";
  content: string | Base64;
  shown: number;
  image: ImageRead | null;
  charset: string | null;
  coding: TransferCoding | null;
  json: JsonRead | null;
}

/** A pinned exchange. */
interface Pinned {
  seq: number;
  id: string;
  state: "disconnected" | "done" | "error" | "open" | "refused";
  type: "http" | "websocket";
  http_version: string | null;
  method: string | null;
  path: string;
  query_string: string;
  status: number | null;
  started_at: string;
  duration_ms: number;
  received_bytes: number;
  sent_bytes: number;
  is_event_stream: boolean;
  client: string | null;
  content_type: string | null;
  user_agent: string | null;
  reason?: string | null;
  pinned: boolean;
  note: string | null;
}

/** The pinned exchanges, the newest first, and all notes by the id of their exchange. */
interface Pins {
  items: Pinned[];
  exchanges: number;
  bytes: number;
  max_exchanges: number;
  max_bytes: number;
  notes: Record<string, string>;
}

/**
 * Answers that are ready. `about`: what is asked and what is answered. `needs_secret`: whether the bin has to hold the
 * sender's.
 */
interface Preset {
  id: string;
  title: string;
  about: string;
  reference: string;
  answers: Answers;
  needs_secret: boolean;
}

/** Answers that are ready. */
interface Presets {
  items: Preset[];
}

/**
 * What would be answered. `rule`: the number of the one that matched, from 0; null for none. `status` is null where the
 * request is echoed, or nothing is answered. `remarks`: what may surprise.
 */
interface Preview {
  rule: number | null;
  fault: "close" | "half" | "hang" | "reset" | null;
  delay: number;
  echo: boolean;
  status: number | null;
  headers: [string, string][];
  body: string | Base64;
  remarks: string[];
}

/**
 * What went wrong (RFC 9457). `detail`: one sentence that names the value, its field and what is allowed. `where`: the
 * place in what was sent. `exchange`: the id of the exchange, for the operator. `accept`: the media types that can be
 * had where none of those asked for can.
 */
interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  where?: string;
  exchange?: string;
  accept?: string[];
}

/** `sha256`: of the whole body, in hexadecimal digits; null where it did not come to its end. */
interface RequestBody {
  size: number;
  kept: number;
  truncated: boolean;
  content?: string | Base64;
  sha256: string | null;
}

/** The request, beyond its scope. */
interface RequestDocument {
  body: RequestBody;
}

/** `status` is null where the app gave none that is one. */
interface ResponseDocument {
  status: number | null;
  headers: [string | Base64, string | Base64][];
  body: BodyDocument;
}

/** The route that answered, as the framework says it. `endpoint`: the function, `module:name`. */
interface RouteDocument {
  template: string | null;
  endpoint: string | null;
  parameters: Record<string, any>;
}

/**
 * Everything that is given must match: `method` one of several with commas between them, `path` below the bin, values
 * of headers, of the query and of a JSON body. A `*` stands for any text; `*` alone for a value that is there.
 * `signature`: whether the request is signed with the secret of the bin; invalid is also what is not signed.
 */
interface Rule {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  json?: Record<string, string>;
  signature?: "" | "invalid" | "valid";
  answers?: Answer[];
}

/**
 * `answers`: as they would be set. `exchange`: the id of a recorded one; else `request`. `number`: which of the
 * requests of its sequence it is.
 */
interface Sample {
  answers?: Answers;
  exchange?: string;
  request?: SampleRequest;
  number?: number;
  [key: string]: any;
}

/** A request that nobody has sent. `path`: below the bin. */
interface SampleRequest {
  method?: string;
  path?: string;
  query?: string;
  headers?: Record<string, string>;
  body?: string;
  [key: string]: any;
}

/** What is said of a request besides addresses, and `by` which header. */
interface Saying {
  what: string;
  value: string;
  by: string;
}

/**
 * A scheme of signing. `secret`: what its vendor calls the secret. `signs`: in short, what is signed and where that
 * stands.
 */
interface SchemeDocument {
  id: string;
  title: string;
  secret: string;
  signs: string;
  reference: string;
  options: Option[];
}

/** The schemes that can be checked. */
interface Schemes {
  items: SchemeDocument[];
}

/**
 * A connection scope: the keys of the ASGI specification in its order, then what else is plain data, such as what a
 * framework or a server adds. `method` is that of a request, `subprotocols` are those of a WebSocket.
 */
interface ScopeDocument {
  asgi?: Record<string, any>;
  client?: [string, number | null] | null;
  extensions?: Record<string, any> | null;
  headers: [string | Base64, string | Base64][];
  http_version?: string;
  method?: string;
  path?: string;
  query_string?: string | Base64;
  raw_path?: string | Base64 | null;
  root_path?: string;
  scheme?: string;
  server?: [string, number | null] | null;
  subprotocols?: string[];
  type: "http" | "websocket";
  [key: string]: any;
}

/** A section: rows under a title. */
interface Section {
  title: string;
  rows: [string, string, string][];
}

/**
 * `to`: an address, empty for this server. `head`, `body`, `messages`: what was edited, null for as it was. `reveal`:
 * whether what was edited was shown with its secrets.
 */
interface SendWish {
  to?: string;
  head?: string | null;
  body?: string | null;
  messages?: string[] | null;
  reveal?: boolean;
  [key: string]: any;
}

/**
 * What became of a request. `id`: of its exchange, null where it is not in the log. `is_whole`: whether the answer was
 * read to its end. `to`: where it was sent, "" for the server that recorded it.
 */
interface SentDocument {
  id: string | null;
  status: number | null;
  duration_ms: number;
  is_whole: boolean;
  to: string;
}

/** A browser that is signed in. `address`: of its first request. `is_own`: whether it is the one that asks. */
interface SessionDocument {
  id: string;
  started_at: string;
  ends_at: string;
  address: string;
  user_agent: string;
  is_own: boolean;
}

/** What may be asked for of a link: how long it opens something, and whether with secrets. */
interface ShareWish {
  hours?: number;
  reveal?: boolean;
  [key: string]: any;
}

/** A link to one exchange. `expires_at`: RFC 3339. */
interface SharedLink {
  url: string;
  expires_at: string;
  reveal: boolean;
}

/**
 * A scheme of `signatures` by its id, with the secret; `options` are the scheme's own. The secret leaves the process on
 * no way but to the store.
 */
interface Signed {
  scheme: string;
  secret: string;
  options?: Record<string, string>;
  [key: string]: any;
}

/** How the sender of a bin signs, without the secret. */
interface SignedDocument {
  scheme: string;
  options: Record<string, string>;
  has_secret: true;
}

/** The browsers that are signed in, the newest first. */
interface SignedIn {
  items: SessionDocument[];
}

/** An entry of a file that was not taken, counted from 1. */
interface Skipped {
  entry: number;
  reason: string;
}

/**
 * An event. `json`: data that is an object or a list, read; null for other data. The last event is not `complete` where
 * the empty line behind it did not come: a browser would not tell of it.
 */
interface StreamEvent {
  event: string | null;
  id: string | null;
  retry: string | null;
  data: string | null;
  comments: string[];
  json: JsonRead | null;
  complete: boolean;
}

/**
 * An exchange in one line of a list, or of the feed. `state` is `refused` where the server turned the request away:
 * method and path may be empty then. `method` is null for a WebSocket, `client` behind a Unix socket. `status`: of the
 * answer, null before it began. `started_at`: RFC 3339. `received_bytes`, `sent_bytes`: of the bodies, or of all
 * messages. `is_event_stream`: of the answer. `content_type` and `user_agent` are the request's. Of the facts those are
 * missing that are not known.
 */
interface Summary {
  seq: number;
  id: string;
  state: "disconnected" | "done" | "error" | "open" | "refused";
  type: "http" | "websocket";
  http_version: string | null;
  method: string | null;
  path: string;
  query_string: string;
  status: number | null;
  started_at: string;
  duration_ms: number;
  received_bytes: number;
  sent_bytes: number;
  is_event_stream: boolean;
  client: string | null;
  content_type: string | null;
  user_agent: string | null;
  reason?: string | null;
}

/** A line behind the last chunk, which the scope drops. */
interface Trailer {
  name: string | Base64;
  value: string | Base64;
}

/** The Content-Transfer-Encoding of a part, and whether it is undone; `detail`: why not. */
interface TransferCoding {
  name: string;
  undone: boolean;
  detail: string | null;
}

/** For each id the values that were asked for, in that order; null for none. */
interface Values {
  values: Record<string, (string | null)[]>;
}

/**
 * Whether an exchange is signed as its sender signs, by a scheme of `signatures.SCHEMES`. `title`: of the scheme.
 * `detail`: what was found, in a sentence. `mistake`: what would have been valid, as `body`, `secret`, `url`, `body and
 * secret`; null where nothing was found. `advice`: what to do. `skew_s`: how much later than it was signed the request
 * came.
 */
interface Verdict {
  scheme: string;
  status: "invalid" | "missing" | "undecided" | "valid";
  detail: string;
  mistake: string | null;
  advice: string;
  reference: string;
  skew_s: number | null;
  title: string;
}

/** `id`: as addresses have it. */
interface Way {
  id: string;
  title: string;
  rows: WayRow[];
}

/**
 * `key`, `value`: as they stand there; `value` is text, or what JSON has. `of`: the names of the pieces of the request
 * that it is made of (`Pieces`), none for what the server adds. `note`: what became of them on the way.
 */
interface WayRow {
  key: string;
  value: any;
  of: string[];
  note: string;
}

/** A request in four ways. */
interface Ways {
  ways: Way[];
}

/**
 * A place in an exchange. `index`: of the header line of its side, or of the event among the kept ones. `name`: the
 * header's, in lower case. `start`, `end`: the range of bytes, in the body with its coding undone.
 */
interface Where {
  of: "request" | "response";
  part: "body" | "event" | "header" | "path" | "query";
  index?: number | null;
  name?: string | null;
  start?: number | null;
  end?: number | null;
}

/**
 * How the request came. `number`: of the request on its connection, from 1. `is_pipelined`: whether it did not wait for
 * the answer before. `closed_by`: `client` or `server`, null while the connection is open.
 */
interface WireConnection {
  id: string;
  number: number;
  opened_at: string;
  is_pipelined: boolean;
  closed_by: string | null;
}

/**
 * What was on the wire, as our own server has kept it; what is not known, or was not there, is null. `head`: all of the
 * head; `lines`: each with what became of it. `fault`: of a request that was refused, the byte that broke it. `chunks`:
 * of a body that came in them. `interim`: informational answers. `tls`: version, cipher, alpn and server_name. `http2`:
 * settings and counted frames, and the number of the stream.
 */
interface WireReading {
  is_told: true;
  head: string | Base64 | null;
  lines: HeadLine[];
  fault: Fault | null;
  chunks: Chunks | null;
  interim: Interim[];
  connection: WireConnection | null;
  tls: Record<string, string | null> | null;
  http2: Record<string, any> | null;
}
