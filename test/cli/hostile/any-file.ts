import { execFile } from "node:child_process";
import { open } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { message, onnxOf, varint } from "../../formats/build-onnx.js";
import { safetensorsOf } from "../../formats/build-safetensors.js";
import { concat } from "../../formats/files-in-memory.js";
import { npy } from "../../ram-files.js";
import { file, type HostileCase } from "./hostile-case.js";

const run = promisify(execFile);
const matrix = (values: readonly number[], shape: readonly number[]): Uint8Array =>
  npy({ values: Float32Array.from(values), shape });
const array = (number: number, what: string, bytes: Uint8Array, says: RegExp, code: 0 | 3 | 4 = 0): HostileCase => ({
  number,
  what,
  files: () => ({ "x.npy": bytes }),
  input: "x.npy",
  read: { says, code },
});

/** A protobuf of 3 GiB, nearly all of it a hole: a tensor of 800 million values, and a small one behind it. */
async function largeOnnx(folder: string): Promise<undefined> {
  const longBytes = 3 * 2 ** 30;
  const columns = 1024;
  const head = (name: string, rows: number) => message([1, rows], [1, columns], [2, 1], [8, name]);
  const rawHead = (bytes: number) => concat(varint(9 * 8 + 2), varint(bytes));
  const values = Float32Array.from({ length: 4 * columns }, (_, k) => Math.sin(k));
  const last = message([5, concat(head("last.weight", 4), rawHead(values.byteLength), new Uint8Array(values.buffer))]);
  const long = concat(head("long.weight", longBytes / (4 * columns)), rawHead(longBytes));
  const longField = concat(varint(5 * 8 + 2), varint(long.length + longBytes), long);
  const graph = concat(varint(7 * 8 + 2), varint(longField.length + longBytes + last.length), longField);
  const before = concat(message([1, 10], [2, "test"]), graph);
  const target = await open(join(folder, "large.onnx"), "w");
  await target.write(before);
  await target.write(last, 0, last.length, before.length + longBytes);
  await target.close();
  return undefined;
}

const pipe = async (folder: string): Promise<undefined> => void (await run("mkfifo", [join(folder, "pipe")]));
const socket = (folder: string): Promise<undefined> =>
  new Promise((resolve) => {
    createServer()
      .unref()
      .listen(join(folder, "socket"), () => resolve(undefined));
  });
const million = (): Uint8Array => {
  const entries = Array.from(
    { length: 1e6 },
    (_, k) => `"t${k}":{"dtype":"U8","shape":[1],"data_offsets":[${k},${k + 1}]}`,
  );
  return safetensorsOf(`{${entries.join(",")}}`, new Uint8Array(1e6));
};

export const ANY_FILE: readonly HostileCase[] = [
  {
    number: 59,
    what: "a protobuf of 3 GiB",
    files: () => ({ "small.onnx": onnxOf({}) }),
    input: "large.onnx",
    prepare: largeOnnx,
    flags: ["--layers", "last*"],
    read: { says: /last/ },
  },
  file(82, "an empty file", "x.pt", () => "", /empty file \(0 bytes\)/),
  { number: 83, what: "a pipe", files: () => ({}), input: "pipe", prepare: pipe, refused: /pipe: not a regular file/ },
  {
    number: 83,
    what: "a socket",
    files: () => ({}),
    input: "socket",
    prepare: socket,
    refused: /socket: not a regular file/,
  },
  { number: 83, what: "a device", files: () => ({}), input: "/dev/zero", refused: /\/dev\/zero: not a regular file/ },
  {
    number: 84,
    what: "another format's extension",
    files: () => ({ "x.safetensors": matrix([1, 2, 3, 4], [2, 2]) }),
    input: "x.safetensors",
    read: { says: /2x2/ },
  },
  file(
    85,
    "a git-LFS pointer",
    "x.gguf",
    () => "version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 1\n",
    /git lfs pull/,
  ),
  file(
    86,
    "a login page",
    "pytorch_model.bin",
    () => "<!DOCTYPE html>\n<html><title>Log in</title>",
    /web page \(HTML\)/,
  ),
  file(87, "an unfinished download", "x.safetensors.incomplete", () => "\x01\x02\x03\x04", /unfinished download/),
  array(88, "weights that are no numbers", matrix([1, Number.NaN, 3, 4], [2, 2]), /NaN/, 4),
  array(88, "infinite weights", matrix([1, Number.POSITIVE_INFINITY, 3, 4], [2, 2]), /[Ii]nf/, 4),
  array(
    89,
    "a matrix of no rows",
    matrix([], [0, 4]),
    /no layer was analysed; 1 tensor was skipped:\n {2}has no elements \(0 x 4\)/,
    3,
  ),
  array(89, "a matrix of one entry", matrix([3], [1, 1]), /1x1/, 4),
  array(89, "a constant matrix", matrix(new Array(400).fill(2), [20, 20]), /20x20/, 4),
  file(90, "a million tiny tensors", "x.safetensors", million, /more than 200000 tensors/),
];
