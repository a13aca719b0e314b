import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

/**
 * Writes `offline-worker.js`: the service worker with the list of all files of this build, under a name that changes
 * with their contents.
 */
export function offlinePlugin(): Plugin {
  return {
    name: "offline-worker",
    apply: "build",
    generateBundle(_options, bundle) {
      const hash = createHash("sha256");
      for (const file of Object.values(bundle)) hash.update(file.type === "chunk" ? file.code : file.source);
      const version = hash.digest("hex").slice(0, 16);
      const files = ["./", ...Object.keys(bundle), "icon.svg", "manifest.webmanifest"].filter(
        (name) => !name.endsWith(".map") && name !== "index.html",
      );
      const source = readFileSync(fileURLToPath(new URL("./offline-worker.js", import.meta.url)), "utf8")
        .replace('"VERSION"', JSON.stringify(version))
        .replace('["FILES"]', JSON.stringify(files));
      this.emitFile({ type: "asset", fileName: "offline-worker.js", source });
    },
  };
}
