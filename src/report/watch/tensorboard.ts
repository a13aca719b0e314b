import { frameOf } from "../../analysis/run/records.js";
import type { WatchReading } from "./reading.js";
import { type Scalar, scalarsOf } from "./scalars.js";

// TensorBoard's event files [TensorFlow, core/util/event.proto, core/framework/summary.proto]: records in TFRecord
// framing, each an Event. Of it: double wall_time = 1, int64 step = 2, string file_version = 3, Summary summary = 5.
// Of Summary: repeated Value value = 1. Of Value: string tag = 1, float simple_value = 2.

/** Wire types of protocol buffers. */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** The version that every reader of event files looks for in the first record. */
const FILE_VERSION = "brain.Event:2";

/** The first record of an event file. `wallTime`: seconds since 1970. */
export function eventFileHead(wallTime: number): Uint8Array {
  return frameOf(joined([double(1, wallTime), text(3, FILE_VERSION)]));
}

/** The record of a reading: its counts (`reading/...`), and the scalars of metrics.jsonl. */
export function eventOfReading(reading: WatchReading, wallTime: number): Uint8Array {
  const { records, solved, reused, alarms } = reading;
  const counts: Scalar[] = [
    ["reading/layers", records.length],
    ["reading/solved", solved],
    ["reading/reused", reused],
    ["reading/alarms", alarms.length],
  ];
  return frameOf(eventOf({ wallTime, step: reading.step, scalars: [...counts, ...scalarsOf(reading)] }));
}

interface ScalarEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly scalars: readonly Scalar[];
}

/** An Event with a Summary, without its frame. */
export function eventOf({ wallTime, step, scalars }: ScalarEvent): Uint8Array {
  const values = scalars.map(([tag, value]) => bytes(1, joined([text(1, tag), float(2, value)])));
  return joined([double(1, wallTime), varint(2, step), bytes(5, joined(values))]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Seven bits a byte, the lowest first. */
function base128(value: number): Uint8Array {
  const digits: number[] = [];
  let left = BigInt(value);
  do {
    const low = Number(left & 127n);
    left >>= 7n;
    digits.push(left > 0n ? low | 128 : low);
  } while (left > 0n);
  return Uint8Array.from(digits);
}

function key(field: number, wireType: number): Uint8Array {
  return base128(field * 8 + wireType);
}

function varint(field: number, value: number): Uint8Array {
  return joined([key(field, VARINT), base128(value)]);
}

function double(field: number, value: number): Uint8Array {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setFloat64(0, value, true);
  return joined([key(field, FIXED64), number]);
}

function float(field: number, value: number): Uint8Array {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setFloat32(0, value, true);
  return joined([key(field, FIXED32), number]);
}

function bytes(field: number, content: Uint8Array): Uint8Array {
  return joined([key(field, LENGTH_DELIMITED), base128(content.length), content]);
}

function text(field: number, content: string): Uint8Array {
  return bytes(field, new TextEncoder().encode(content));
}
