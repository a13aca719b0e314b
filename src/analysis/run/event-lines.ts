import { isRunEvent, type RunEvent } from "../events/run-event.js";

/** The folder of events in a run folder. */
export const EVENTS = "events";
/** What the name of a file of events ends with. */
export const EVENTS_EXTENSION = ".jsonl";

/** The events of whole lines in UTF-8. Lines that are no events of this version are skipped. */
export function* eventsOfLines(lines: Uint8Array): Generator<RunEvent, void, undefined> {
  for (const line of new TextDecoder().decode(lines).split("\n")) {
    const event = parsed(line);
    if (isRunEvent(event)) yield event;
  }
}

/** Undefined for what is no JSON: a damaged line. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
