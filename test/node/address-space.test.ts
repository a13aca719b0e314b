import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { addressSpaceLimit, limitedAddressSpace } from "#eigenscope/node/address-space.js";
import { embeddedPool, withWarning } from "#eigenscope/node/native/open-pool.js";
import { createReferenceEngine, inPlacePool } from "#eigenscope/spectra/index.js";

const BUILT = (import.meta as { readonly env?: { readonly MODE?: string } }).env?.MODE === "dist";
const LINUX = process.platform === "linux";
const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const EXAMPLE = fileURLToPath(new URL("../../examples/digits_b4.safetensors", import.meta.url));

/** The command under a limit of so many KiB of address space. */
async function underLimit(kib: number, args: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = `ulimit -v ${kib}; exec "${process.execPath}" "${MAIN}" ${args}`;
  return promisify(execFile)("/bin/sh", ["-c", command]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

describe("the limit on addresses", () => {
  it("is read from the soft limit of the process", () => {
    const table = (soft: string): string =>
      `Limit  Soft  Hard  Units\nMax address space         ${soft}          unlimited            bytes\n`;
    expect(addressSpaceLimit(table("20480000000"))).toBe(20_480_000_000);
    expect(addressSpaceLimit(table("unlimited"))).toBeNull();
    expect(addressSpaceLimit("")).toBeNull();
  });

  it.runIf(LINUX)("is none in a process that has none", async () => {
    expect(await limitedAddressSpace(2)).toBeNull();
  });

  const space = (memories: number) => ({ limitBytes: 20 * 2 ** 30, memories });

  it("leaves as many WebAssembly workers as there is room for, with a warning where those are fewer", async () => {
    const [full, narrow] = [
      embeddedPool({ engine: "auto", width: 2, space: space(2) }),
      embeddedPool({ engine: "auto", width: 2, space: space(1) }),
    ];
    expect([full.engine, full.warnings]).toEqual(["wasm", []]);
    expect([narrow.engine, narrow.width]).toEqual(["wasm", 1]);
    expect(narrow.warnings).toEqual([
      expect.stringContaining(
        "20.0 GiB on this process's address space (ulimit -v) has room for 1 of 2 WebAssembly workers",
      ),
    ]);
    await Promise.all([full.close(), narrow.close()]);
  });

  it("leaves the reference engine where there is room for none, and refuses --engine wasm", async () => {
    const pool = embeddedPool({ engine: "auto", width: 1, space: space(0) });
    expect(pool.engine).toBe("reference");
    expect(pool.warnings).toEqual([expect.stringMatching(/leaves no room for WebAssembly.*; the reference engine/)]);
    await pool.close();
    expect(() => embeddedPool({ engine: "wasm", width: 1, space: space(0) })).toThrow(
      /the WebAssembly engine cannot run: .*--engine auto/,
    );
  });
});

describe("a pool with a warning", () => {
  it("keeps the warnings of its own, those that come later too", () => {
    const own: string[] = ["before"];
    const pool = withWarning({ ...inPlacePool(createReferenceEngine()), warnings: own }, "no room");
    expect(pool.warnings).toEqual(["no room", "before"]);
    own.push("later");
    expect(pool.warnings).toEqual(["no room", "before", "later"]);
    expect(withWarning(inPlacePool(createReferenceEngine()), "no room").warnings).toEqual(["no room"]);
  });
});

describe.runIf(BUILT && LINUX)("under ulimit -v", () => {
  it.each([
    [20_000_000, "wasm", "has room for 1 of 2 WebAssembly workers"],
    [8_000_000, "reference", "leaves no room for WebAssembly"],
  ])("of %i KiB every layer is analysed, by %s, and a warning says why", async (kib, engine, reason) => {
    const { code, stdout, stderr } = await underLimit(kib, `analyze "${EXAMPLE}" --json --jobs 2`);
    expect(stderr).toContain(reason);
    const report = JSON.parse(stdout);
    expect([code, report.options.engine, report.summary.failed]).toEqual([0, engine, 0]);
    expect(report.input.warnings).toHaveLength(1);
  });

  it("--engine wasm ends with exit code 2 and what to do where there is no room", async () => {
    const { code, stderr } = await underLimit(8_000_000, `analyze "${EXAMPLE}" --engine wasm`);
    expect(code).toBe(2);
    expect(stderr).toContain("raise the limit, or use --engine auto");
  });
});
