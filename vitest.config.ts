import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// `npx vitest run` tests the sources; `npm test` adds `--mode dist` and so runs the same tests on the built package.
export default defineConfig(({ mode }) => ({
  resolve: { alias: { "#weightscope": fileURLToPath(new URL(mode === "dist" ? "./dist" : "./src", import.meta.url)) } },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
}));
