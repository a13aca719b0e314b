import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { offlinePlugin } from "./app/offline-plugin.js";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * The application: app/ into dist/app. Addresses are relative, so that it runs under any path: `eigenscope serve`, the
 * documentation site, a folder of any static host.
 */
export default defineConfig({
  root: path("app"),
  base: "./",
  resolve: { alias: { "#eigenscope": path("src") } },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  build: {
    outDir: path("dist/app"),
    emptyOutDir: true,
    target: "es2022",
    // Said by a test with a limit of its own (test/app/size.test.ts).
    chunkSizeWarningLimit: 2000,
    reportCompressedSize: false,
  },
  plugins: [offlinePlugin()],
});
