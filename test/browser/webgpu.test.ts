import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, it } from "vitest";
import { expectAgreement, trial } from "../lab/training/webgpu-trial.js";
import { CHROMIUM, openChromium, openPage } from "./chromium.js";

const LAB = fileURLToPath(new URL("../../dist/lab/index.js", import.meta.url));
const READY = existsSync(LAB) && CHROMIUM !== undefined;
if (!READY) console.warn("SKIPPED test/browser/webgpu: it needs the built package (npm run build) and Chromium");

/**
 * SwiftShader, a GPU of software that comes with Chromium. It writes the zeros with which a workgroup's memory begins
 * one by one, and compiling that takes ten times as long as the rest; our kernels read nothing there that they have not
 * written.
 */
const ADAPTER = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-dawn-features=disable_workgroup_init",
];

describe.skipIf(!READY)("the WebGPU engine in Chromium", () => {
  let server: Server;

  beforeAll(async () => {
    const options = { bundle: true, write: false, format: "esm", platform: "browser", logLevel: "silent" } as const;
    const { outputFiles } = await build({ entryPoints: [LAB], ...options });
    server = createServer((request, response) => {
      if (request.url === "/lab.js") response.setHeader("content-type", "text/javascript").end(outputFiles[0].text);
      else response.setHeader("content-type", "text/html").end("<!doctype html><title>eigenscope</title>");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it("trains as the WebAssembly engine does, and to the same bits again, resumed or not", async (context) => {
    const browser = await openChromium(ADAPTER);
    try {
      const page = await openPage(browser);
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      if (!(await page.evaluate("navigator.gpu?.requestAdapter().then(Boolean)"))) {
        console.warn("SKIPPED the WebGPU engine in Chromium: this Chromium has no WebGPU on SwiftShader");
        return context.skip();
      }
      const found = await page.evaluate(`import("/lab.js").then((lab) => (${trial})(lab, navigator.gpu))`);
      expectAgreement(found as Awaited<ReturnType<typeof trial>>);
    } finally {
      await browser.close();
    }
  });
});
