// Fuzzes the walk over a file's structure and the planning of its layers: PyTorch graphs with shared and cyclic
// references, trees of modules, adapters with their configurations, graphs and topologies in JSON; HDF5's groups,
// TFLite's tables, TensorFlow's objects. Every input has less than 100 KB. Each must end, whatever it says, within
// 2 s of processor time and 300 MB, with a result or a FormatError; an abort must be heard within 200 ms of processor
// time; and at the end Ctrl-C is tried on the command line with the slowest inputs. Processor time, because other
// work on the machine stretches the clock's.
//
// What looks like a fault is tried three times more, each time in a process of its own whose code is warm; the medians
// decide. For a process that ran a hundred inputs has the memory of all of them, and code that runs for the first time
// is slow.
//
//   node scripts/fuzz-structure.mjs [--seconds=600] [--seed=1] [--only=KIND]      (after npm run build)
//
// A find is printed with its seed: --seed=N --seconds=1 makes it again.

import { fork, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { crc32, deflateRawSync } from "node:zlib";
import { hdf5, tensorflowObjects, tflite } from "./fuzz-trees.mjs";

const MAX_INPUT_BYTES = 100_000;
const MAX_CPU_MS = 2000;
const MAX_ABORT_MS = 200;
const MAX_BYTES = 300e6;
/** An input that takes so long by the clock hangs, however busy the machine is. */
const HANG_MS = 120_000;
/** A process is replaced after so many inputs, so that its peak of memory stays near that of one of them. */
const INPUTS_PER_PROCESS = 100;
const CONFIRMATIONS = 3;
/** Work on the input itself before it is measured again: by then its code is compiled. */
const WARM_MS = 100;
const CTRL_C_INPUTS = 10;

const SELF = fileURLToPath(import.meta.url);
const DIST = new URL("../dist/", import.meta.url);
const text = (value) => Buffer.from(value, "latin1");
const json = (value) => Buffer.from(JSON.stringify(value));

/** Mulberry32: a whole input follows from its seed. */
function randomFrom(seed) {
  let state = (seed * 0x9e3779b9) >>> 0;
  const unit = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n) => Math.floor(unit() * n);
  return { unit, below, pick: (list) => list[below(list.length)], chance: (p) => unit() < p };
}

// Pickles.

const put = (index) => Buffer.concat([text("r"), u32(index)]);
const get = (index) => (index < 256 ? Buffer.from([0x68, index]) : Buffer.concat([text("j"), u32(index)]));
const word = (value) => Buffer.concat([text("X"), u32(Buffer.byteLength(value)), Buffer.from(value)]);
function u32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

const USUAL = [
  "state_dict",
  "model",
  "module",
  "net",
  "weights",
  "params",
  "ema",
  "optimizer",
  "state",
  "param_groups",
];
const tensorBytes = (key) =>
  Buffer.concat([
    text("ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n"),
    word(key),
    text("X\x03\0\0\0cpuK\x04tQK\0K\x02K\x02\x86K\x02K\x01\x86\x89}tR"),
  ]);

/**
 * A graph of containers: each is made and remembered, then filled with references to any of them, itself included, many
 * times over.
 */
function pickledGraph(r) {
  const nodes = 1 + r.below(r.pick([4, 40, 400, 2000]));
  const room = r.pick([500, 5_000, 60_000, 90_000]);
  const pieces = [Buffer.from([0x80, 2])];
  const kinds = [];
  let size = 0;
  const add = (...bytes) => {
    for (const piece of bytes) {
      pieces.push(piece);
      size += piece.length;
    }
  };
  const mix = r.pick([
    ["list"],
    ["dict"],
    ["module"],
    ["list", "dict", "module", "object", "ordered", "tensor", "tuple"],
    ["module", "tensor"],
  ]);
  add(text("("));
  for (let k = 0; k < nodes && size < room / 2; k++) {
    const kind = k === 1 ? "tensor" : r.pick(mix);
    kinds.push(kind);
    if (kind === "list") add(text("]"));
    else if (kind === "dict") add(text("}"));
    else if (kind === "tuple")
      add(k === 0 ? text(")") : Buffer.concat([get(r.below(k)), get(r.below(k)), text("\x86")]));
    else if (kind === "tensor") add(tensorBytes(r.chance(0.7) ? "0" : String(k)));
    else if (kind === "ordered")
      add(
        text("ccollections\nOrderedDict\n"),
        k > 0 ? Buffer.concat([text("("), get(r.below(k)), text("tR")]) : text(")R"),
      );
    else add(text("cmy\nNet\n)R"));
    add(put(k));
  }
  add(text("1"));
  const hub = r.below(kinds.length);
  const target = () => (r.chance(0.4) ? hub : r.below(kinds.length));
  const name = () => (r.chance(0.2) ? r.pick(USUAL) : r.chance(0.05) ? "n".repeat(r.below(4000)) : `k${r.below(1000)}`);
  const order = kinds.map((_, k) => k);
  for (let round = 0; size < room && round < 10_000; round++) {
    const k = r.chance(0.5) ? hub : r.pick(order);
    const times = 1 + r.below(r.pick([2, 20, 4000]));
    add(get(k));
    const atom = r.chance(0.3);
    if (kinds[k] === "list") {
      const piece = atom ? text("N") : get(target());
      add(
        text("("),
        Buffer.concat(Array(Math.min(times, Math.ceil((room - size) / piece.length) + 1)).fill(piece)),
        text("e"),
      );
    } else if (kinds[k] === "dict" || kinds[k] === "ordered") {
      add(text("("));
      for (let n = 0; n < Math.min(times, 200) && size < room; n++) add(word(name()), atom ? text("N") : get(target()));
      add(text("u"));
    } else if (kinds[k] === "module") {
      add(text("}("));
      for (const part of ["_parameters", "_buffers", "_modules"])
        if (r.chance(0.9)) add(word(part), r.chance(0.8) ? get(target()) : text("}"));
      add(text("ub"));
    } else if (kinds[k] === "object") add(get(target()), text("b"));
    add(text("0"));
  }
  add(get(r.chance(0.7) ? hub : 0), text("."));
  return Buffer.concat(pieces);
}

/** Lists of lists of lists, each many times the one before: as many paths as anyone wants. */
function pickledTower(r) {
  const levels = 2 + r.below(30);
  const times = 1 + r.below(Math.floor(80_000 / (levels * 2)));
  const leaf = r.pick([text("N"), tensorBytes("0"), text("K\x01"), text("}"), text("]")]);
  const pieces = [
    Buffer.from([0x80, 2]),
    text("]q\0("),
    Buffer.concat(Array(Math.min(times, Math.ceil(20_000 / leaf.length))).fill(leaf)),
    text("e"),
  ];
  for (let k = 1; k < levels; k++)
    pieces.push(text("]"), Buffer.from([0x71, k]), text("("), Buffer.concat(Array(times).fill(get(k - 1))), text("e"));
  return Buffer.concat([...pieces, text(".")]);
}

/** Modules in modules, as deep as the bytes go; or the last in the first. */
function pickledModules(r) {
  const depth = 1 + r.below(1500);
  const pieces = [Buffer.from([0x80, 2]), text("cmy\nNet\nr\xff\xff\0\0"), text("0")];
  const open = Buffer.concat([
    text("j\xff\xff\0\0)R"),
    text("}("),
    word("_parameters"),
    text("}"),
    word("_modules"),
    text("}("),
    word("m"),
  ]);
  for (let k = 0; k < depth; k++) pieces.push(open);
  pieces.push(r.pick([text("N"), text("j\xff\xff\0\0"), text("]"), tensorBytes("0")]));
  for (let k = 0; k < depth; k++)
    pieces.push(text("uubr"), u32(k), ...(r.chance(0.01) ? [text("0"), get(r.below(k + 1))] : []));
  return Buffer.concat([...pieces, text(".")]);
}

/** A zip archive of stored or deflated members. */
function zipOf(members, deflate) {
  const locals = [];
  const directory = [];
  let offset = 0;
  for (const [name, data] of members) {
    const body = deflate ? deflateRawSync(data) : data;
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(deflate ? 8 : 0, 4);
    head.writeUInt32LE(crc32(data), 10);
    head.writeUInt32LE(body.length, 14);
    head.writeUInt32LE(data.length, 18);
    head.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([text("PK\x03\x04"), head, text(name), body]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([text("PK\x01\x02"), Buffer.from([20, 0]), head, tail, text(name)]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, central, text("PK\x05\x06"), end]);
}

const archive = (pickle, deflate) =>
  zipOf(
    [
      ["a/data.pkl", pickle],
      ["a/byteorder", text("little")],
      ["a/data/0", Buffer.alloc(16)],
      ["a/version", text("3\n")],
    ],
    deflate,
  );

function pytorch(pickle) {
  return (r) => {
    const program = pickle(r);
    return { "x.pt": archive(program, r.chance(0.3)) };
  };
}

/** A pickle that deflates to nearly nothing: one stretch of it many times. */
function deflatedPickle(r) {
  const unit = r.pick([
    text("]"),
    text("}"),
    text("h\0"),
    text("N"),
    text("K\x01"),
    Buffer.concat([word("a".repeat(200))]),
    text("cmy\nNet\n"),
    tensorBytes("0"),
  ]);
  const length = Math.min(r.pick([1e6, 1e7, 5e7]), 60e6);
  return {
    "x.pt": archive(
      Buffer.concat([
        Buffer.from([0x80, 2]),
        text("]q\0("),
        Buffer.alloc(length - (length % unit.length), unit),
        text("e."),
      ]),
      true,
    ),
  };
}

// safetensors and what lies beside it.

function safetensors(entries) {
  const header = json(
    Object.fromEntries(
      entries.map(([name, shape], k) => [name, { dtype: "F32", shape, data_offsets: [16 * k, 16 * k + 16] }]),
    ),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(16 * entries.length)]);
}

function adapter(r) {
  const pairs = 1 + r.below(r.pick([5, 120, 230]));
  const name = `base_model.model.${r.pick(["a.", "layers.", "x".repeat(r.below(400))]).repeat(1 + r.below(10))}`.slice(
    0,
    1 + r.below(900),
  );
  const entries = [];
  let size = 0;
  for (let k = 0; k < pairs && size < 45_000; k++) {
    const module = `${name}${k}.${r.pick(["q_proj", "mlp.experts.3.up", "lora"])}`;
    for (const end of r.pick([
      ["lora_A.weight", "lora_B.weight"],
      ["lora_A.default.weight", "lora_B.default.weight"],
      ["lora_down.weight", "lora_up.weight"],
    ])) {
      entries.push([`${module}.${end}`, [2, 2]]);
      size += module.length + 90;
    }
  }
  const pattern = () => {
    const found = {};
    for (let k = 0; k < 1 + r.below(120); k++) {
      const part = r.pick([".*", ".*a", "layers.*", "x.*x", "(q|k)", "^", "\\.", "a", ".*.*.*"]);
      found[`${r.pick(["", ".*", "^"])}${part.repeat(1 + r.below(200)).slice(0, 1 + r.below(500))}${k}`] = r.pick([
        4,
        8,
        -1,
        1e9,
        "8",
        null,
      ]);
      if (JSON.stringify(found).length > 18_000) break;
    }
    return found;
  };
  const config = { r: 2, lora_alpha: 4, rank_pattern: pattern(), alpha_pattern: pattern(), use_rslora: r.chance(0.5) };
  return { "adapter_model.safetensors": safetensors(entries), "adapter_config.json": json(config) };
}

/** JSON whose values stand in one another. */
function nested(r, keys, depth) {
  const [open, close] = r.pick([
    [`{"${r.pick(keys)}":`, "}"],
    ["[", "]"],
    [`{"${r.pick(keys)}":{"${r.pick(keys)}":`, "}}"],
  ]);
  return text(open.repeat(depth) + r.pick(["1", "null", '"x"', "{}", "[]"]) + close.repeat(depth));
}

function configs(r) {
  const entries = Array.from({ length: 1 + r.below(200) }, (_, k) => [
    `h.${k}.${r.pick(["qkv_proj", "c_attn", "experts.gate_up_proj", "q.qweight", "q.weight_scale"])}.weight`,
    [2, 2],
  ]);
  const keys = ["text_config", "vision_config", "llm_config", "quantization_config", "a"];
  return { "model.safetensors": safetensors(entries), "config.json": nested(r, keys, 1 + r.below(3_000)) };
}

// Graphs and topologies in JSON.

function weightsManifest(names) {
  return [{ paths: ["w.bin"], weights: names.map((name) => ({ name, shape: [2, 2], dtype: "float32" })) }];
}

function tensorflowJs(r) {
  const names = Array.from({ length: 1 + r.below(40) }, (_, k) => `w${k}`);
  const ops = ["Identity", "Cast", "ReadVariableOp", "MatMul", "Conv2D", "Const"];
  const node = Array.from({ length: 1 + r.below(800) }, () => ({
    name: r.pick(names),
    op: r.pick(ops.slice(0, 1 + r.below(ops.length))),
    input: Array.from({ length: 1 + r.below(r.chance(0.002) ? 4000 : 3) }, () => r.pick(names)),
  }));
  const model = { format: "graph-model", modelTopology: { node }, weightsManifest: weightsManifest(names) };
  return { "model.json": json(model), "w.bin": Buffer.alloc(16 * names.length) };
}

function kerasTopology(r) {
  const names = Array.from({ length: 1 + r.below(300) }, (_, k) => `${"block/".repeat(r.below(30))}d${k}/kernel`);
  const tree = nested(r, ["config", "layers", "layer", "class_name"], 1 + r.below(120)).toString();
  const manifest = JSON.stringify(weightsManifest(names));
  const model = `{"format":"layers-model","modelTopology":${tree},"weightsManifest":${manifest}}`;
  return { "model.json": text(model), "w.bin": Buffer.alloc(16 * names.length) };
}

function shardIndex(r) {
  const shards = ["model-1.safetensors", "model-2.safetensors"];
  const names = Array.from({ length: 1 + r.below(500) }, (_, k) => `${"m.".repeat(r.below(20))}${k}.weight`);
  const half = Math.ceil(names.length / 2);
  const map = Object.fromEntries(names.map((name, k) => [name, shards[k < half ? 0 : 1]]));
  return {
    "model.safetensors.index.json": json({
      weight_map: map,
      metadata: r.chance(0.3) ? JSON.parse(nested(r, ["a"], 10).toString()) : {},
    }),
    [shards[0]]: safetensors(names.slice(0, half).map((name) => [name, [2, 2]])),
    [shards[1]]: safetensors(names.slice(half).map((name) => [name, [2, 2]])),
  };
}

// ONNX: names that stand for many values, passed on and on.

const varint = (value) => {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
};
const field = (number, body) => Buffer.concat([varint(number * 8 + 2), varint(body.length), body]);
const whole = (number, value) => Buffer.concat([varint(number * 8), varint(value)]);

function onnx(r) {
  const names = Array.from({ length: 1 + r.below(r.pick([3, 30, 300])) }, (_, k) => `t${k}`);
  const ops = ["Identity", "Cast", "Transpose", "MatMul", "Mul", "DequantizeLinear", "Gather", "Constant", "If"];
  const some = ops.slice(0, 1 + r.below(ops.length));
  const tensor = (name) =>
    Buffer.concat([
      whole(1, 2),
      whole(1, 2),
      whole(2, r.pick([1, 3])),
      field(8, text(name)),
      field(9, Buffer.alloc(r.pick([4, 16]))),
    ]);
  const graph = (room, depth) => {
    const parts = [];
    for (let size = 0; size < room; ) {
      const op = r.pick(some);
      const node = [
        ...Array.from({ length: 1 + r.below(r.chance(0.01) ? 4000 : 3) }, () => field(1, text(r.pick(names)))),
        field(2, text(r.pick(names))),
        field(4, text(op)),
      ];
      if (op === "Constant") node.push(field(5, Buffer.concat([field(1, text("value")), field(5, tensor(""))])));
      if (op === "If" && depth < 40)
        node.push(field(5, Buffer.concat([field(1, text("then_branch")), field(6, graph(room / 3, depth + 1))])));
      const piece = field(1, Buffer.concat(node));
      parts.push(piece);
      size += piece.length;
    }
    return Buffer.concat([...parts, ...(depth > 0 ? [] : names.map((name) => field(5, tensor(name))))]);
  };
  return { "x.onnx": Buffer.concat([whole(1, 8), field(7, graph(r.pick([500, 20_000, 70_000]), 0))]) };
}

// GGUF: values that are arrays of arrays, and many names.

function gguf(r) {
  const u64 = (value) => Buffer.concat([u32(value), u32(0)]);
  const string = (value) => Buffer.concat([u64(value.length), text(value)]);
  const arrays = (depth) =>
    Buffer.concat([...Array(depth).fill(Buffer.concat([u32(9), u64(1)])), u32(r.pick([0, 8])), u64(0)]);
  const value = () =>
    r.pick([
      () => Buffer.concat([u32(4), u32(r.below(100))]),
      () => Buffer.concat([u32(8), string("x".repeat(r.below(300)))]),
      () => Buffer.concat([u32(9), arrays(r.below(r.pick([3, 60, 1000])))]),
      () => {
        const count = r.below(400);
        return Buffer.concat([u32(9), u32(8), u64(count), Buffer.alloc(8 * count)]);
      },
    ])();
  const pairs = [];
  const room = r.pick([500, 20_000, 40_000]);
  for (let size = 0; size < room; ) {
    pairs.push(Buffer.concat([string(`key.${pairs.length}`), value()]));
    size += pairs[pairs.length - 1].length;
  }
  const infos = Array.from({ length: r.below(600) }, (_, k) =>
    Buffer.concat([
      string(`blk.${r.below(2)}.${"a".repeat(r.below(40))}${k}.weight`),
      u32(2),
      u64(2),
      u64(2),
      u32(0),
      u64(32 * k),
    ]),
  );
  const head = Buffer.concat([text("GGUF"), u32(3), u64(infos.length), u64(pairs.length), ...pairs, ...infos]);
  return {
    "x.gguf": Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32), Buffer.alloc(32 * infos.length)]),
  };
}

const KINDS = {
  "pytorch graph": pytorch(pickledGraph),
  "pytorch tower": pytorch(pickledTower),
  "pytorch modules": pytorch(pickledModules),
  "deflated pickle": deflatedPickle,
  adapter,
  configs,
  "tensorflow.js graph": tensorflowJs,
  "keras topology": kerasTopology,
  "shard index": shardIndex,
  onnx,
  gguf,
  "hdf5 groups": hdf5,
  "tflite tables": tflite,
  "tensorflow objects": tensorflowObjects,
};
/** The walk over graphs has the most ways to go wrong. */
const TURNS = [
  "pytorch graph",
  "pytorch graph",
  "pytorch tower",
  "pytorch modules",
  "adapter",
  "deflated pickle",
  "pytorch graph",
  ...Object.keys(KINDS),
];

function inputOf(seed, only) {
  const r = randomFrom(seed);
  const kind = only ?? TURNS[seed % TURNS.length];
  const files = KINDS[kind](r);
  const bytes = Object.values(files).reduce((sum, file) => sum + file.length, 0);
  return bytes > MAX_INPUT_BYTES ? undefined : { kind, files, bytes };
}

async function writeFiles(folder, files) {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
}

// The process that opens and plans.

async function child() {
  const { describe } = await import(new URL("node/index.js", DIST));
  const { FormatError } = await import(new URL("formats/errors.js", DIST));
  const folder = await mkdtemp(join(tmpdir(), "fuzz-structure-"));
  const cpu = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };

  /**
   * Of the thread that hears signals. Threads that collect garbage and compile beside it keep nobody waiting. Linux
   * alone tells; else that of all.
   */
  const threadCpu = () => {
    try {
      return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1").split(" ")[0]) / 1e6;
    } catch {
      return cpu();
    }
  };

  /**
   * Opens and plans; the longest stretch of processor time between two turns of the event loop is how long a signal may
   * wait.
   */
  async function run(path, abortAt) {
    const controller = new AbortController();
    let running = true;
    const begun = cpu();
    let last = threadCpu();
    let longest = 0;
    let aborted;
    const tick = () => {
      const now = threadCpu();
      longest = Math.max(longest, now - last);
      last = now;
      if (aborted === undefined && abortAt !== undefined && cpu() - begun >= abortAt) {
        aborted = now;
        controller.abort(new Error("aborted by the fuzzer"));
      }
      if (running) setImmediate(tick);
    };
    setImmediate(tick);
    let outcome = "read";
    try {
      await describe(path, { signal: controller.signal, minEigenvalues: 1 });
    } catch (cause) {
      outcome =
        cause instanceof FormatError
          ? "refused"
          : cause.message === "aborted by the fuzzer"
            ? "aborted"
            : `${cause.stack}`;
    }
    running = false;
    const end = threadCpu();
    return {
      outcome,
      cpuMs: cpu() - begun,
      longestMs: Math.max(longest, end - last),
      abortMs: aborted === undefined ? 0 : end - aborted,
    };
  }

  process.on("message", async ({ seed, only, warm }) => {
    const input = inputOf(seed, only);
    if (input === undefined) return process.send({ seed, skipped: true });
    const path = join(folder, String(seed));
    await mkdir(path);
    await writeFiles(path, input.files);
    if (warm) await run(path, WARM_MS);
    const whole = await run(path);
    const stopped = whole.cpuMs > 40 ? await run(path, whole.cpuMs * 0.4) : { abortMs: 0, outcome: whole.outcome };
    await rm(path, { recursive: true });
    process.send({
      seed,
      kind: input.kind,
      bytes: input.bytes,
      ...whole,
      abortMs: stopped.abortMs,
      second: stopped.outcome,
      peak: process.resourceUsage().maxRSS * 1024,
    });
  });
  process.on("disconnect", () => rm(folder, { recursive: true, force: true }).then(() => process.exit(0)));
  process.send({ ready: true });
}

// The process that watches.

function startChild() {
  const process_ = fork(SELF, ["--child"], { execArgv: [] });
  let resolve = () => {};
  process_.on("message", (message) => resolve(message));
  const next = () =>
    new Promise((done) => {
      resolve = done;
      setTimeout(() => done({ hung: true }), HANG_MS).unref();
    });
  return { process_, next };
}

function faultOf({ outcome, second, cpuMs, longestMs, abortMs, peak }) {
  if (!["read", "refused"].includes(outcome)) return `ended otherwise than with a result or a FormatError: ${outcome}`;
  if (!["read", "refused", "aborted"].includes(second)) return `ended otherwise when it was aborted: ${second}`;
  if (cpuMs > MAX_CPU_MS) return `took ${cpuMs.toFixed(0)} ms of processor time`;
  if (longestMs > MAX_ABORT_MS) return `kept the event loop for ${longestMs.toFixed(0)} ms of processor time`;
  if (abortMs > MAX_ABORT_MS) return `went on for ${abortMs.toFixed(0)} ms of processor time after an abort`;
  return peak > MAX_BYTES ? `took ${(peak / 1e6).toFixed(0)} MB` : undefined;
}

/** The medians of an input's figures, each time in a process of its own; undefined where it hung. */
async function measuredAgain(seed, only) {
  const results = [];
  for (let k = 0; k < CONFIRMATIONS; k++) {
    const { process_, next } = startChild();
    await next();
    const answer = next();
    process_.send({ seed, only, warm: true });
    const result = await answer;
    if (result.hung) {
      process_.kill("SIGKILL");
      return undefined;
    }
    process_.disconnect();
    results.push(result);
  }
  const middle = (key) => results.map((result) => result[key]).sort((a, b) => a - b)[(CONFIRMATIONS - 1) / 2];
  return Object.fromEntries(["cpuMs", "longestMs", "abortMs", "peak"].map((key) => [key, middle(key)]));
}

async function fuzz({ seconds, seed, only }) {
  const until = performance.now() + 1000 * seconds;
  const totals = new Map();
  const slowest = [];
  const finds = [];
  let next = seed;
  let worker;
  for (let used = 0; performance.now() < until; next++) {
    if (worker === undefined || used === INPUTS_PER_PROCESS) {
      worker?.process_.disconnect();
      worker = startChild();
      await worker.next();
      used = 0;
    }
    const answer = worker.next();
    worker.process_.send({ seed: next, only });
    const result = await answer;
    if (result.skipped) continue;
    used++;
    if (result.hung) {
      finds.push({ seed: next, fault: `did not end within ${HANG_MS / 1000} s` });
      worker.process_.kill("SIGKILL");
      worker = undefined;
      continue;
    }
    if (result.peak > MAX_BYTES / 2) used = INPUTS_PER_PROCESS;
    if (faultOf(result) !== undefined) {
      const again = await measuredAgain(next, only);
      const fault = again === undefined ? `did not end within ${HANG_MS / 1000} s` : faultOf({ ...result, ...again });
      if (fault !== undefined) finds.push({ seed: next, kind: result.kind, fault });
      Object.assign(result, again);
    }
    const total = totals.get(result.kind) ?? { inputs: 0, refused: 0, cpuMs: 0, longestMs: 0, abortMs: 0, peak: 0 };
    totals.set(result.kind, total);
    total.inputs++;
    if (result.outcome === "refused") total.refused++;
    for (const key of ["cpuMs", "longestMs", "abortMs", "peak"]) total[key] = Math.max(total[key], result[key]);
    slowest.push(result);
    slowest.sort((a, b) => b.cpuMs - a.cpuMs).splice(CTRL_C_INPUTS);
  }
  worker?.process_.disconnect();
  return { totals, slowest, finds };
}

/** Processor time of a process so far, in ms; undefined where it is gone. Linux alone tells. */
async function cpuOf(pid) {
  try {
    const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}

/** Ctrl-C on the command line half way through an input: processor time from the signal to the end. */
async function interrupt({ seed, cpuMs }, only) {
  const { files } = inputOf(seed, only);
  const folder = await mkdtemp(join(tmpdir(), "fuzz-structure-"));
  try {
    await writeFiles(folder, files);
    const main = fileURLToPath(new URL("cli/main.js", DIST));
    const started = await ended([main, "--version"]);
    const running = spawn(process.execPath, [main, "describe", folder], { stdio: "ignore" });
    const code = new Promise((resolve) => running.on("exit", (status, signal) => resolve(status ?? signal)));
    let at;
    let last = 0;
    for (let now = 0; now !== undefined && running.exitCode === null; now = await cpuOf(running.pid)) {
      last = now;
      if (at === undefined && now >= started + cpuMs / 2) {
        at = now;
        running.kill("SIGINT");
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return { code: await code, ms: at === undefined ? undefined : last - at };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function ended(args) {
  const running = spawn(process.execPath, args, { stdio: "ignore" });
  let last = 0;
  for (let now = 0; now !== undefined && running.exitCode === null; now = await cpuOf(running.pid)) {
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return last;
}

async function main() {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "600" },
      seed: { type: "string", default: "1" },
      only: { type: "string" },
    },
  });
  const { totals, slowest, finds } = await fuzz({
    seconds: Number(values.seconds),
    seed: Number(values.seed),
    only: values.only,
  });
  console.log("kind                  inputs  refused  max cpu  max stretch  max abort  max memory");
  for (const [kind, { inputs, refused, cpuMs, longestMs, abortMs, peak }] of totals) {
    const ms = (value, width) => `${value.toFixed(0)} ms`.padStart(width);
    const counts = `${String(inputs).padStart(8)}${String(refused).padStart(9)}`;
    const times = `${ms(cpuMs, 9)}${ms(longestMs, 13)}${ms(abortMs, 11)}`;
    console.log(kind.padEnd(20) + counts + times + `${(peak / 1e6).toFixed(0)} MB`.padStart(12));
  }
  for (const input of slowest) {
    const { code, ms } = await interrupt(input, values.only);
    const slow = ms !== undefined && ms > MAX_ABORT_MS;
    if (slow || ![130, 0, 3].includes(code))
      finds.push({
        seed: input.seed,
        kind: input.kind,
        fault: `Ctrl-C: exit ${code} after ${ms} ms of processor time`,
      });
    console.log(
      `Ctrl-C in seed ${input.seed} (${input.kind}, ${input.cpuMs.toFixed(0)} ms): ` +
        `${ms === undefined ? "it had ended" : `exit ${code} after ${ms} ms of processor time`}`,
    );
  }
  for (const { seed, kind, fault } of finds) console.log(`FIND: seed ${seed} (${kind}) ${fault}`);
  console.log(`${[...totals.values()].reduce((sum, { inputs }) => sum + inputs, 0)} inputs, ${finds.length} finds`);
  process.exitCode = finds.length > 0 ? 1 : 0;
}

if (process.argv[2] === "--child") await child();
else await main();
