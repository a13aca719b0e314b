/**
 * What one server for agents takes and gives. A model reads every answer, so that answers are small; what is beyond
 * comes with a cursor.
 */

/** Most bytes of one message of the client: the names of a thousand models to rank are far below. */
export const MAX_MESSAGE_BYTES = 2 ** 20;
/** Most elements of a tool's arguments, counted by the SDK. */
export const MAX_ARGUMENT_ELEMENTS = 5000;
/** Most bytes of the rows of one answer, as JSON. All of an answer is then below `MAX_ANSWER_BYTES`. */
export const MAX_ROWS_BYTES = 32 * 1024;
/** Most bytes of the findings of one answer, and of its warnings and other notes. */
export const MAX_FINDINGS_BYTES = 12 * 1024;
export const MAX_NOTES_BYTES = 4 * 1024;
/** Most bytes of one answer, as JSON. An answer that is larger all the same is an error, not a flood. */
export const MAX_ANSWER_BYTES = 64 * 1024;
/** Most rows that one call may ask for, and those that it gets if it does not ask. */
export const MAX_ROWS = 200;
export const DEFAULT_ROWS = 20;
/** Most characters of one text from a file. Sentences of our own are shorter. */
export const MAX_TEXT_LENGTH = 600;
/** Most entries of one list within a row. */
export const MAX_LIST_LENGTH = 50;
/** Results whose further rows can be had by a cursor. The oldest goes first. */
export const MAX_KEPT_RESULTS = 8;
/** Most notifications of progress in one call. */
export const MAX_PROGRESS_NOTES = 100;
