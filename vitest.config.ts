import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

/** Only ends what hangs. The old limit of 30 s (two minutes for some tests) held on two quiet cores; a busy machine may be ten times slower. */
const HANGS_MS = 20 * 60_000;

/** What takes more than some seconds by itself: whole networks, trainings, processes, browsers, damage by the hundred, long simulations. */
const SLOW = [
  "test/{browser,cli,examples,node,package,real}/**",
  "test/{analysis,lab}/**",
  "test/formats/*corruption.test.ts",
  "test/formats/{gguf,pytorch-pickle,safetensors,tensorflow}.test.ts",
  "test/phases/ensembles.test.ts",
  "test/report/{charts,html}.test.ts",
  "test/remote/http-source.test.ts",
  "test/rmt/bulk-fit.test.ts",
  "test/spectra/{lanczos,wide}.test.ts",
  "test/tails/{bootstrap,goodness-of-fit}.test.ts",
];

/**
 * `npx vitest run` tests the sources; `npm test` adds `--mode dist` and so runs the same tests on the built package. `--mode fast` (npm run test:fast)
 * tests the sources without what is slow.
 */
export default defineConfig(({ mode }) => ({
  resolve: { alias: { "#weightscope": fileURLToPath(new URL(mode === "dist" ? "./dist" : "./src", import.meta.url)) } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...(mode === "fast" ? SLOW : [])],
    testTimeout: HANGS_MS,
    hookTimeout: HANGS_MS,
    teardownTimeout: 2 * 60_000,
    maxWorkers: 2,
  },
}));
