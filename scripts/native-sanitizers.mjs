// Runs the native library's C tests (native/test/: its contracts, and its parts) under the address and
// undefined-behaviour sanitizers, under the thread sanitizer, and, where the cross compiler and qemu-user are
// installed, as programs for 64-bit ARM.
//
//   node scripts/native-sanitizers.mjs [plain|address|thread|arm ...]
//
// Default: all. What is missing is said and skipped.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findCompiler, sourceFiles } from "../dist/node/native/compile-native.js";

const SOURCES = fileURLToPath(new URL("../native", import.meta.url));
const PROGRAMS = ["contract", "parts", "lab-contract"];
const COMMON = ["-std=gnu99", "-ffp-contract=fast", "-Wall", "-Wextra"];
const RUNS = {
  plain: { options: ["-O3"] },
  // Without a frame pointer gcc's sanitizers give no names.
  address: {
    options: ["-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
  },
  thread: { options: ["-O1", "-g", "-fsanitize=thread"], environment: { TSAN_OPTIONS: "halt_on_error=1" } },
  arm: { compiler: ["aarch64-linux-gnu-gcc"], options: ["-O2", "-static"], runner: ["qemu-aarch64"] },
};

const isThere = ([command]) => spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(RUNS);
const folder = mkdtempSync(join(tmpdir(), "native-sanitizers-"));
let failed = false;
try {
  for (const name of wanted) {
    const { options, compiler = findCompiler(process.env), runner = [], environment = {} } = RUNS[name];
    if (compiler === undefined || ![compiler, runner].every((command) => command.length === 0 || isThere(command))) {
      console.log(
        `${name}: skipped, because ${[compiler?.join(" ") ?? "a C compiler", ...runner].join(" or ")} is missing`,
      );
      continue;
    }
    const files = sourceFiles(SOURCES).filter((file) => !file.endsWith("addon.c"));
    const steps = PROGRAMS.flatMap((source) => {
      const program = join(folder, `${name}-${source}`);
      const test = join(SOURCES, "test", `${source}.c`);
      const build = [...compiler, ...COMMON, ...options, "-o", program, ...files, test, "-lm", "-lpthread"];
      return [build, [...runner, program]];
    });
    const status = steps.map(([command, ...args]) => {
      if (failed) return 1;
      const ended = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...environment } });
      failed ||= ended.status !== 0;
      return ended.status;
    });
    console.log(`${name}: ${status.every((code) => code === 0) ? "passed" : "FAILED"}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = failed ? 1 : 0;
