/**
 * What one server takes and keeps. The limits are far above what one user needs and far below what would hurt the
 * machine.
 */

/** Most open connections. A browser opens 6 to one host. */
export const MAX_CONNECTIONS = 200;
/** Most bytes of a request's body: names of models, and scores of a few hundred. */
export const MAX_BODY_BYTES = 64 * 1024;
/** Most bytes of all headers of a request. */
export const MAX_HEADER_BYTES = 16 * 1024;
/** Most characters of a name in a request: PATH_MAX of Linux. */
export const MAX_NAME_LENGTH = 4096;
/** Most names in one ranking. */
export const MAX_RANKED = 1000;

/** A request's headers, and the whole of it, have to arrive within these times. */
export const HEADERS_TIMEOUT_MS = 10_000;
export const REQUEST_TIMEOUT_MS = 30_000;
/** A connection without a request is closed after this time. */
export const KEEP_ALIVE_MS = 5000;
/** A connection on which nothing moves at all is closed after this time. Heartbeats are far below it. */
export const IDLE_MS = 120_000;
/** How often a stream without events shows that it is alive. Proxies and browsers give up after a minute at least. */
export const HEARTBEAT_MS = 15_000;

/** A client of a stream with more unsent bytes than this gets nothing more until it has read. */
export const MAX_UNSENT_BYTES = 2 ** 20;
/** A client that read nothing between so many heartbeats, with unsent bytes, is dropped. It may resume. */
export const MAX_STALLED_BEATS = 2;

/** Analyses, comparisons and rankings that run at once: each uses all processors by itself. */
export const MAX_RUNNING = 1;
/** Most of them that wait. */
export const MAX_WAITING = 100;
/** Models whose results are kept. The oldest one that is over makes room for a new one. */
export const MAX_KEPT_MODELS = 32;
/** Most files of a folder that are listed. */
export const MAX_LISTED_FILES = 5000;
/** How often the folder of a run is looked at. */
export const RUN_POLL_MS = 500;
/** How often the record of a watch is looked at: a new reading is to be on the page within two seconds. */
export const WATCH_POLL_MS = 150;
