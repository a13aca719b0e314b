import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { LAST_FILES, MOCKING_FILES, SLOW_FILES, SLOW_FOLDERS } from "./test/slow-tests.js";

/**
 * Only ends what hangs. The old limit of 30 s (two minutes for some tests) held on two quiet cores; a busy machine may
 * be ten times slower.
 */
const HANGS_MS = 20 * 60_000;

const TESTS = "test/**/*.test.{ts,tsx}";
const SLOW = [...SLOW_FILES, ...SLOW_FOLDERS.map((folder) => `${folder}/**/*.test.{ts,tsx}`)];

/**
 * `npx vitest run` tests the sources; `npm test` adds `--mode dist` and so runs the same tests on the built package.
 * `--mode fast` (npm run test:fast) tests the sources without what is slow. `.ci/run` adds the project "last".
 */
export default defineConfig(({ mode }) => {
  // Each project evaluates this file again. Tests ask here which mode was asked for: test/tested-code.ts.
  process.env.EIGENSCOPE_TEST_MODE ??= mode;
  // Node itself loads the built package, as a user's does; Vite would read each module of it anew for each file.
  const byNode: object = mode !== "dist" ? {} : { server: { deps: { external: [/\/dist\//] } } };
  const isolated = (
    name: string,
    include: readonly string[],
    exclude: readonly string[] = [],
    how: object = byNode,
  ) => ({
    ...{ extends: true as const, mode },
    test: { name, include: [...include], exclude: [...configDefaults.exclude, ...exclude], ...how },
  });
  return {
    resolve: {
      alias: { "#eigenscope": fileURLToPath(new URL(mode === "dist" ? "./dist" : "./src", import.meta.url)) },
    },
    test: {
      projects: [
        // One process runs many files and imports the code once: that halves their time.
        {
          extends: true,
          mode,
          test: {
            name: "fast",
            include: [TESTS],
            exclude: [...configDefaults.exclude, ...SLOW, ...LAST_FILES, ...MOCKING_FILES],
            isolate: false,
            ...byNode,
          },
        },
        // Each file in a process of its own: some of these change it for good.
        ...(mode === "fast"
          ? []
          : [
              isolated("slow", SLOW, [...LAST_FILES, ...MOCKING_FILES]),
              isolated("last", LAST_FILES),
              isolated("mocking", MOCKING_FILES, [], {}),
            ]),
      ],
      // The bits of the native engine depend on the processor: tests of it name the library themselves.
      env: { EIGENSCOPE_NATIVE: "off" },
      testTimeout: HANGS_MS,
      hookTimeout: HANGS_MS,
      teardownTimeout: 2 * 60_000,
      // More than two cores: tests of the command line wait for their processes, and a busy machine shares by the
      // number of those that ask.
      maxWorkers: 4,
      // Only with --coverage. The lines that a worker thread or another process runs are not counted.
      coverage: {
        provider: "v8",
        include: ["src/**/*.ts"],
        exclude: ["**/generated/**"],
        reporter: ["text-summary", "html"],
      },
    },
  };
});
