import type { ServerResponse } from "node:http";
import { type EventHistory, isOver, type ModelProgress } from "./event-history.js";
import type { Heart } from "./heart.js";
import { MAX_STALLED_BEATS, MAX_UNSENT_BYTES } from "./limits.js";

/** After this time a browser whose stream broke asks again. */
const RETRY_MS = 1000;

/** What a stream needs to know. */
export interface StreamOptions {
  readonly heart: Heart;
  /** The place behind which the stream begins (`EventHistory.placeAfter`). */
  readonly after?: string | undefined;
}

/**
 * Sends the events of a model as server-sent events (HTML Living Standard, 9.2): each with its place as `id`, and each
 * phase as an event named "phase". The stream ends behind the last event of a model that is over.
 *
 * At most `MAX_UNSENT_BYTES` and one event wait for a client. One that reads nothing for `MAX_STALLED_BEATS` heartbeats
 * is dropped; it goes on behind the last event that it got whole.
 */
export function streamEvents(response: ServerResponse, history: EventHistory, { heart, after }: StreamOptions): void {
  let next = history.indexOf(after);
  let shown: ModelProgress | undefined;
  let written = 0;
  let sentBefore = -1;
  let stalled = 0;
  const write = (text: string): void => {
    written += Buffer.byteLength(text);
    response.write(text);
  };
  const isFull = (): boolean => response.writableLength > MAX_UNSENT_BYTES;

  const pump = (): void => {
    if (response.writableEnded || response.destroyed) return;
    while (next < history.length && !isFull()) {
      const data = JSON.stringify(history.at(next));
      write(`id: ${history.placeAfter(next++)}\ndata: ${data}\n\n`);
    }
    if (isFull()) return;
    const { progress } = history;
    if (progress !== shown) write(`event: phase\ndata: ${JSON.stringify(progress)}\n\n`);
    shown = progress;
    if (isOver(progress)) response.end();
  };
  const beat = (): void => {
    const { writableLength } = response;
    const sent = written - writableLength;
    stalled = writableLength > 0 && sent <= sentBefore ? stalled + 1 : 0;
    sentBefore = sent;
    if (stalled >= MAX_STALLED_BEATS) response.destroy();
    else if (writableLength === 0) write(":\n\n");
  };

  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  write(`retry: ${RETRY_MS}\n\n`);
  const leave = [history.listen(pump), heart.listen(beat)];
  response.on("drain", pump);
  response.on("close", () => {
    for (const stop of leave) stop();
  });
  pump();
}
