// @ts-check
/**
 * The shapes that the server sends, in words for the type checker. No code: the server's document module
 * is where they are made.
 *
 * @typedef {string | {base64: string}} Bytes  UTF-8 text as itself, anything else in base64
 *
 * @typedef {object} Summary  one line of the list and of the feed
 * @property {number} seq
 * @property {string} id
 * @property {"open" | "done" | "disconnected" | "error"} state
 * @property {"http" | "websocket"} type
 * @property {string} http_version
 * @property {string | null} method
 * @property {string} path
 * @property {Bytes} query_string
 * @property {number | null} status
 * @property {string} started_at  RFC 3339
 * @property {number} duration_ms
 * @property {number} received_bytes
 * @property {number} sent_bytes
 * @property {string | null} client
 * @property {Bytes | null} content_type
 * @property {Bytes | null} user_agent
 *
 * @typedef {object} Body
 * @property {number} size  the true size
 * @property {number} kept
 * @property {boolean} truncated
 * @property {string | null} [sha256]
 * @property {Bytes} content
 *
 * @typedef {object} AsgiEvent
 * @property {"receive" | "send"} channel
 * @property {string} type
 * @property {number} at_ms
 * @property {number} size
 * @property {boolean} truncated
 * @property {Record<string, any>} message
 *
 * @typedef {[Bytes, Bytes]} Header
 *
 * @typedef {object} Details  what a document has beyond its summary
 * @property {Record<string, any> & {headers: Header[]}} scope
 * @property {AsgiEvent[]} events
 * @property {number} events_omitted
 * @property {{body: Body}} request
 * @property {null | {status: number, headers: Header[], body: Body}} response
 * @property {string | null} error
 *
 * @typedef {Summary & Details} ExchangeDocument
 */
export {};
