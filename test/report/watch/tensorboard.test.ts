import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { WatchReading } from "#eigenscope/report/watch/reading.js";
import { metricsLine, phaseNumber, scalarsOf } from "#eigenscope/report/watch/scalars.js";
import { eventFileHead, eventOf, eventOfReading } from "#eigenscope/report/watch/tensorboard.js";
import { layerRecord } from "../example-report.js";

const reading: WatchReading = {
  step: 300,
  checkpoint: "checkpoint-300",
  solved: 1,
  reused: 1,
  alarms: [{ rule: { name: "r", rule: "alpha < 2", meaning: "m" }, layer: "ä.b", step: 300, sentence: "It holds." }],
  records: [
    layerRecord({ name: "ä.b", longname: "ä.b", phase: "heavy-tailed", alpha: 3.5, alpha_valid: true, stable_rank: 6 }),
    layerRecord({ name: "c", longname: "c", phase: "rank-collapse", alpha: 9, alpha_valid: false, stable_rank: 2 }),
  ],
};

/** CRC-32C bit by bit, from its definition: the reversed polynomial 0x82f63b78. Nothing of the program is in it. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;

/** The payloads of an event file. Throws where its framing is wrong. */
function payloads(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    if (view.getUint32(at + 8, true) !== masked(crc32c(file.subarray(at, at + 8)))) throw new Error(`length at ${at}`);
    const payload = file.subarray(at + 12, at + 12 + length);
    if (view.getUint32(at + 12 + length, true) !== masked(crc32c(payload))) throw new Error(`payload at ${at}`);
    found.push(payload);
    at += 16 + length;
  }
  return found;
}

type Field = readonly [number, number | bigint | Uint8Array];

/** The fields of a message of protocol buffers, by the wire format. */
function fields(bytes: Uint8Array): Field[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): bigint => {
    let [value, shift] = [0n, 0n];
    for (;;) {
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      shift += 7n;
      if (byte < 128) return value;
    }
  };
  const found: Field[] = [];
  while (at < bytes.length) {
    const key = Number(varint());
    const [number, wire] = [key >> 3, key & 7];
    if (wire === 0) found.push([number, varint()]);
    else if (wire === 1) found.push([number, view.getFloat64((at += 8) - 8, true)]);
    else if (wire === 5) found.push([number, view.getFloat32((at += 4) - 4, true)]);
    else {
      const length = Number(varint());
      found.push([number, bytes.subarray(at, (at += length))]);
    }
  }
  return found;
}

const text = (bytes: unknown): string => new TextDecoder().decode(bytes as Uint8Array);

describe("an event file of TensorBoard", () => {
  const file = Buffer.concat([eventFileHead(1000.5), eventOfReading(reading, 1001.25)]);

  it("is framed and checked as TFRecord says, by a checksum of the test's own", () => {
    expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
    expect(payloads(file)).toHaveLength(2);
    for (let at = 0; at < file.length; at += 7) {
      const damaged = Uint8Array.from(file);
      damaged[at] ^= 1;
      expect(() => payloads(damaged)).toThrow();
    }
  });

  it("begins with the version, and has the public field numbers of Event and Summary", () => {
    const [head, event] = payloads(file).map(fields);
    expect(head.map(([number]) => number)).toEqual([1, 3]);
    expect([head[0][1], text(head[1][1])]).toEqual([1000.5, "brain.Event:2"]);
    expect(event.map(([number]) => number)).toEqual([1, 2, 5]);
    expect(event.slice(0, 2).map(([, value]) => value)).toEqual([1001.25, 300n]);
    const values = fields(event[2][1] as Uint8Array).map(([number, value]) => {
      const [[tag, name], [simple, scalar]] = fields(value as Uint8Array);
      expect([number, tag, simple]).toEqual([1, 1, 2]);
      return [text(name), scalar];
    });
    expect(values.slice(0, 4)).toEqual([
      ["reading/layers", 2],
      ["reading/solved", 1],
      ["reading/reused", 1],
      ["reading/alarms", 1],
    ]);
    expect(values.slice(4)).toEqual(scalarsOf(reading).map(([tag, value]) => [tag, Math.fround(value)]));
    expect(Object.fromEntries(values)["alpha/ä.b"]).toBe(3.5);
  });

  it("holds steps beyond 2^32, and none", () => {
    const stepIn = (step: number) => fields(eventOf({ wallTime: 0, step, scalars: [] }))[1];
    for (const step of [0, 127, 128, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER])
      expect(stepIn(step)).toEqual([2, BigInt(step)]);
  });
});

/** Debian's: another python3 on PATH has none of its modules. */
const PYTHON = "/usr/bin/python3";
const hasProtobuf = spawnSync(PYTHON, ["-c", "import google.protobuf"]).status === 0;
if (!hasProtobuf)
  console.warn("SKIPPED: TensorBoard's files are not read back by python3-protobuf, because it is not installed here");

/**
 * Event and Summary by their public field numbers, built without a compiler, and a CRC-32C of its own. Reads a file and
 * prints it as JSON.
 */
const READER = `
import json, struct, sys
from google.protobuf import descriptor_pb2, descriptor_pool
try:
    from google.protobuf import message_factory
    new = message_factory.GetMessageClass
except (ImportError, AttributeError):
    new = lambda d: message_factory.MessageFactory().GetPrototype(d)
F = descriptor_pb2.FieldDescriptorProto
f = descriptor_pb2.FileDescriptorProto(name="event.proto", package="t", syntax="proto3")
def message(name, *members):
    m = f.message_type.add(name=name)
    for (field, number, kind, label, of) in members:
        m.field.add(name=field, number=number, type=kind, label=label, type_name=of)
message("Value", ("tag", 1, F.TYPE_STRING, 1, None), ("simple_value", 2, F.TYPE_FLOAT, 1, None))
message("Summary", ("value", 1, F.TYPE_MESSAGE, 3, ".t.Value"))
message("Event", ("wall_time", 1, F.TYPE_DOUBLE, 1, None), ("step", 2, F.TYPE_INT64, 1, None),
        ("file_version", 3, F.TYPE_STRING, 1, None), ("summary", 5, F.TYPE_MESSAGE, 1, ".t.Summary"))
pool = descriptor_pool.DescriptorPool()
pool.Add(f)
Event = new(pool.FindMessageTypeByName("t.Event"))
def masked(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
def check(at, end):
    if struct.unpack_from("<I", data, end)[0] != masked(data[at:end]):
        sys.exit("checksum at %d" % end)
data, at, out = open(sys.argv[1], "rb").read(), 0, []
while at < len(data):
    (n,) = struct.unpack_from("<Q", data, at)
    check(at, at + 8)
    check(at + 12, at + 12 + n)
    e = Event.FromString(data[at + 12 : at + 12 + n])
    out.append([e.wall_time, e.step, e.file_version, [[v.tag, v.simple_value] for v in e.summary.value]])
    at += 16 + n
print(json.dumps(out))
`;

describe.runIf(hasProtobuf)("an event file, read by python3-protobuf", () => {
  it("has the version, the step and every scalar", () => {
    const folder = mkdtempSync(join(tmpdir(), "eigenscope-tensorboard-"));
    try {
      const file = join(folder, "events.out.tfevents.1.host.1.0");
      writeFileSync(file, Buffer.concat([eventFileHead(1000.5), eventOfReading(reading, 1001.25)]));
      const read = () => spawnSync(PYTHON, ["-c", READER, file], { encoding: "utf8" });
      const { stdout, stderr } = read();
      expect(stderr).toBe("");
      const [head, event] = JSON.parse(stdout);
      expect(head.slice(0, 3)).toEqual([1000.5, 0, "brain.Event:2"]);
      expect(event.slice(0, 3)).toEqual([1001.25, 300, ""]);
      expect(event[3].slice(4)).toEqual(scalarsOf(reading).map(([tag, value]) => [tag, Math.fround(value)]));
      const bytes = readFileSync(file);
      bytes[20] ^= 1;
      writeFileSync(file, bytes);
      expect(read().stderr).toMatch(/^checksum at /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the scalars of a reading", () => {
  const scalars = Object.fromEntries(scalarsOf(reading));

  it("have alpha of valid tails only, and means over the layers that have a number", () => {
    expect(scalars["alpha/ä.b"]).toBe(3.5);
    expect(scalars["alpha_weighted/ä.b"]).toBeGreaterThan(0);
    for (const tag of ["alpha/c", "alpha_weighted/c"]) expect(scalars).not.toHaveProperty([tag]);
    expect([scalars["mean/alpha"], scalars["mean/stable_rank"]]).toEqual([3.5, 4]);
  });

  it("count the layers of each phase, and give phases numbers", () => {
    expect([scalars["phases/heavy-tailed"], scalars["phases/rank-collapse"], scalars["phases/random-like"]]).toEqual([
      1, 1, 0,
    ]);
    expect([scalars["phase/ä.b"], scalars["phase/c"]]).toEqual([5, 6]);
    expect(phaseNumber(layerRecord({ phase: "random-like" }))).toBe(1);
    expect(phaseNumber(layerRecord({ phase: null }))).toBe(0);
    expect(phaseNumber(layerRecord({ phase: null, lambda_max: null }))).toBeUndefined();
  });

  it("leave out what is not finite, and means of nothing", () => {
    const empty = scalarsOf({ records: [layerRecord({ name: "a", stable_rank: null, alpha_valid: false })] });
    const tags = empty.map(([tag]) => tag);
    expect(tags).not.toContain("stable_rank/a");
    expect(tags).not.toContain("mean/stable_rank");
    expect(tags).not.toContain("mean/alpha");
    const infinite = layerRecord({ name: "a", longname: "a", stable_rank: Number.POSITIVE_INFINITY });
    const [known, unknown] = ["mp_soft_rank/a", "stable_rank/a"];
    expect(scalarsOf({ records: [{ ...infinite, mp_soft_rank: 0 }] }).map(([tag]) => tag)).toContain(known);
    expect(scalarsOf({ records: [infinite] }).map(([tag]) => tag)).not.toContain(unknown);
  });

  it("are the line of metrics.jsonl, with what was counted and the alarms", () => {
    const line = JSON.parse(metricsLine(reading, 1_001_250));
    expect(line).toEqual({
      ...{ step: 300, checkpoint: "checkpoint-300", time: 1001.25, layers: 2, solved: 1, reused: 1 },
      alarms: [{ rule: "r", layer: "ä.b", sentence: "It holds." }],
      ...scalars,
    });
  });
});
