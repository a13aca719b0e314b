import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { assertNoStdin, assertStdinOnce, inputOf, isStdin, type Stdin } from "#eigenscope/cli/stdin-input.js";
import { removeTemporary } from "#eigenscope/cli/temporary.js";
import type { FileSet } from "#eigenscope/formats/index.js";
import { BUILT, shell } from "./eigenscope-process.js";

const EXAMPLE = fileURLToPath(new URL("../../examples/digits_b4.safetensors", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eigenscope-cli-stdin-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const piped = (...chunks: readonly string[]): Stdin => ({
  kind: "stream",
  stream: () => Readable.from(chunks.map((chunk) => Buffer.from(chunk))),
});

describe("inputOf", () => {
  let temporary: string;
  beforeEach(async () => {
    temporary = await mkdtemp(join(folder, "tmp-"));
  });

  it("leaves every other name as it is, a file called ./- too", async () => {
    expect(await inputOf("./-")).toBe("./-");
    expect(["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "stdin", "--"].map(isStdin)).toEqual([
      ...[true, true, true, true],
      ...[false, false],
    ]);
  });

  it("copies a pipe into a file that only this user can read, and removes it", async () => {
    const files = (await inputOf("-", { stdin: piped("ab", "cde"), temporary })) as FileSet;
    const path = files.pathOf!("stdin");
    expect([files.label, files.entry, await files.list()]).toEqual(["stdin", "stdin", ["stdin"]]);
    expect(await readFile(path, "utf8")).toBe("abcde");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(path, ".."))).mode & 0o777).toBe(0o700);
    const source = await files.open("stdin");
    expect(Buffer.from(await source.read(1, 3)).toString()).toBe("bcd");
    await source.close?.();
    removeTemporary();
    expect(await readdir(temporary)).toEqual([]);
  });

  it("tells the same bytes from others by their content, and has nothing beside them", async () => {
    const [once, again, other] = (await Promise.all(
      [["ab", "c"], ["a", "bc"], ["abd"]].map((chunks) => inputOf("-", { stdin: piped(...chunks), temporary })),
    )) as FileSet[];
    const stamp = await once.modified!("stdin");
    expect(await again.modified!("stdin")).toBe(stamp);
    expect(await other.modified!("stdin")).not.toBe(stamp);
    await expect(once.open("config.json")).rejects.toMatchObject({ kind: "missing" });
    removeTemporary();
  });

  it("reads a redirected file in place", async () => {
    const path = join(folder, "redirected");
    await writeFile(path, "weights");
    const files = (await inputOf("-", { stdin: { ...piped("not read"), path }, temporary })) as FileSet;
    expect(files.pathOf!("stdin")).toBe(path);
    expect(await readdir(temporary)).toEqual([]);
  });

  it("refuses a terminal as wrong usage, and a folder or no bytes as input that cannot be read", async () => {
    const of = (stdin: Stdin): Promise<unknown> => inputOf("-", { stdin, temporary });
    await expect(of({ ...piped("x"), kind: "terminal" })).rejects.toMatchObject({ name: "UsageError" });
    await expect(of({ ...piped("x"), kind: "folder" })).rejects.toMatchObject({ name: "FormatError" });
    await expect(of(piped())).rejects.toThrow(/^stdin: nothing came through it \(0 bytes\)\. Check the command/);
    await expect(of(piped("x"))).resolves.toBeTypeOf("object");
    const path = join(folder, "empty");
    await writeFile(path, "");
    await expect(of({ ...piped("x"), path })).rejects.toMatchObject({ name: "FormatError" });
    removeTemporary();
  });

  it("says what to do when the disk is full, and leaves nothing behind", async () => {
    let room = 3;
    const createFile = (): Writable =>
      new Writable({
        write(chunk: Uint8Array, _, done) {
          room -= chunk.byteLength;
          done(room < 0 ? Object.assign(new Error("write"), { code: "ENOSPC" }) : null);
        },
      });
    await expect(inputOf("-", { stdin: piped("ab", "cd"), temporary, createFile })).rejects.toThrow(
      /copied into .* \(no space left on the device, after 4 bytes\); set TMPDIR to a folder with room/,
    );
    expect(await readdir(temporary)).toEqual([]);
    await expect(inputOf("-", { stdin: piped("ab"), temporary: join(temporary, "absent") })).rejects.toMatchObject({
      name: "UsageError",
    });
  });

  it("stops with the signal's reason", async () => {
    const controller = new AbortController();
    const stream = (): Readable => new Readable({ read() {} });
    const copying = inputOf("-", { stdin: { kind: "stream", stream }, temporary, signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(copying).rejects.toThrow("enough");
    removeTemporary();
    expect(await readdir(temporary)).toEqual([]);
  });
});

it("stdin is one file: not twice, not with a revision, and not where names are needed", () => {
  expect(() => assertStdinOnce(["-", "b.npy"])).not.toThrow();
  expect(() => assertStdinOnce(["-", "/dev/stdin"])).toThrow(/given twice/);
  expect(() => assertStdinOnce(["a.npy"], "v1")).not.toThrow();
  expect(() => assertStdinOnce(["-"], "v1")).toThrow(/--revision/);
  expect(() => assertNoStdin("rank", ["a", "./-"])).not.toThrow();
  expect(() => assertNoStdin("rank", ["a", "-"])).toThrow(/^rank does not read stdin/);
});

describe.skipIf(!BUILT)("- as the input of a command", () => {
  const at = (script: string, env: NodeJS.ProcessEnv = {}): ReturnType<typeof shell> =>
    shell(script, { env: { FILE: EXAMPLE, TMPDIR: join(folder, "temporary"), ...env } });
  beforeAll(() => mkdir(join(folder, "temporary")));

  it("gives the report of the file, from a pipe and from a redirected file, with worker threads", async () => {
    const report = async (script: string): Promise<unknown> => {
      const { code, stdout, stderr } = await at(script);
      expect([code, stderr]).toEqual([0, ""]);
      const { input, layers } = JSON.parse(stdout);
      return { label: input.label, layers };
    };
    const named = (await report('$W analyze "$FILE" --json')) as { layers: unknown };
    const expected = { label: "stdin", layers: named.layers };
    const flags = "--engine reference --jobs 2 --json";
    const reference = (await report(`$W analyze "$FILE" ${flags}`)) as { layers: unknown };
    expect(await report('cat "$FILE" | $W analyze - --json -')).toEqual(expected);
    expect(await report('$W analyze - --json < "$FILE"')).toEqual(expected);
    expect(await report(`cat "$FILE" | $W analyze /dev/stdin ${flags}`)).toEqual({
      ...{ label: "stdin", layers: reference.layers },
    });
    expect(await report(`$W analyze - ${flags} < "$FILE"`)).toEqual({ label: "stdin", layers: reference.layers });
    expect(await readdir(join(folder, "temporary"))).toEqual([]);
  });

  it("reads a redirected file from where it is: behind a part that another command took", async () => {
    const { code, stdout } = await at(
      '(printf "four"; cat "$FILE") > "$TMPDIR/../behind"; ' +
        'exec < "$TMPDIR/../behind"; dd bs=4 count=1 of=/dev/null 2>/dev/null; $W describe - --json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout).layers).toHaveLength(3);
  });

  it("describes and compares", async () => {
    expect((await at('cat "$FILE" | $W describe -')).stdout).toMatch(/^stdin/);
    const compared = await at('cat "$FILE" | $W compare "$FILE" - --json');
    expect([compared.code, JSON.parse(compared.stdout).b.label]).toEqual([0, "stdin"]);
    const twice = await at('cat "$FILE" | $W compare - -');
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringMatching(/- was given twice/)]);
  });

  it("continues a run by the content, and refuses other weights", async () => {
    const run = join(folder, "run");
    const first = await at(`cat "$FILE" | $W analyze - --run ${run} -q --json`);
    const again = await at(`cat "$FILE" | $W analyze - --run ${run} -q --json`);
    expect([first.code, again.code]).toEqual([0, 0]);
    expect(JSON.parse(again.stdout).layers).toEqual(JSON.parse(first.stdout).layers);
    // One byte between the blocks that the identity of a file is made of: only all of the content tells it.
    const changed = await at(
      `(head -c 200001 "$FILE"; printf X; tail -c +200003 "$FILE") | $W analyze - --run ${run} -q`,
    );
    expect([changed.code, changed.stderr]).toEqual([3, expect.stringMatching(/stdin was changed after the run/)]);
  });

  it("ends with the right code and leaves nothing behind when it is stopped or refused", async () => {
    const empty = await at("$W analyze - < /dev/null");
    expect([empty.code, empty.stderr]).toEqual([3, expect.stringMatching(/^eigenscope: stdin: nothing came through/)]);
    const unknown = await at("echo no weights | $W analyze -");
    expect(unknown.stderr).toMatch(/^eigenscope: stdin: its contents are of no format.*recognised by the file's name/);
    expect(unknown.code).toBe(3);
    expect((await at("echo x | $W rank -")).code).toBe(2);
    expect((await at("echo x | $W analyze - --base -")).code).toBe(2);
    const stopped = await at(
      'mkfifo "$TMPDIR/../pipe"; $W analyze - < "$TMPDIR/../pipe" & exec 3> "$TMPDIR/../pipe"; printf x >&3; ' +
        'until ls "$TMPDIR"/*/stdin; do :; done > /dev/null 2>&1; kill -INT $!; wait $!',
    );
    expect([stopped.code, stopped.stderr]).toEqual([130, "eigenscope: interrupted\n"]);
    expect(await readdir(join(folder, "temporary"))).toEqual([]);
  });
});
