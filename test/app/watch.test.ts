import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, serve } from "#eigenscope/node/serve/serve.js";
import { DEFAULT_ALARMS, ownAlarm } from "#eigenscope/report/gate/alarm-rules.js";
import { openChromium, openPage } from "../browser/chromium.js";
import { atStep, checkpointBytes, looks, watched, written } from "../node/watch/training.js";
import { host, openApplication, READY } from "./application.js";

describe.skipIf(!READY)("the view of a watch", () => {
  let browser: Browser;
  let home: string;
  let server: RunningServer;
  const run = () => join(home, "eigenscope-watch");

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "eigenscope-watch-app-"));
    browser = await openChromium();
    await watched(home, looks(1));
    server = await serve({ path: run(), port: 0 });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(home, { recursive: true, force: true });
  });

  /** Lets a watch read what is there, as one beside the server does. */
  const watch = async (step: number, bytes: Uint8Array): Promise<void> => {
    await written(join(home, `step-${step}.safetensors`), bytes);
    await watched(home, looks(99), {
      once: true,
      rules: [ownAlarm("count(true) < 4"), ...DEFAULT_ALARMS],
    });
  };

  it("shows each new reading without being loaded again, goes on after a reload, and has the alarms", async () => {
    const page = await openPage(browser);
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(server.address);
    await page.getByRole("heading", { name: /No checkpoint of .* is read yet/ }).waitFor();
    await watch(1, atStep(1));
    await page.getByText("4 layers, 1 reading, up to step 1").waitFor();
    await watch(2, atStep(2));
    await page.getByText("4 layers, 2 readings, up to step 2").waitFor();
    // The address is known before the server has said what it serves.
    await page.route("**/api/session", async (route) => {
      await page.locator("main").waitFor();
      await route.continue();
    });
    await page.reload();
    await page.getByText("4 layers, 2 readings, up to step 2").waitFor();
    await watch(30, checkpointBytes({ "layers.0": 5 }));
    await page.getByText("4 layers, 3 readings, up to step 30").waitFor();
    await page.getByText("count(true) < 4 holds.").first().waitFor();
    expect(complaints).toEqual([]);
  });

  it("shows a record that was chosen on a page without a server, with the alarms of its own rules", async () => {
    await watch(1, checkpointBytes({ "layers.0": 5 }));
    const application = await host({ isolated: false });
    try {
      const { page, complaints } = await openApplication(browser, application.address_);
      await page.setInputFiles("input[data-choose=folder]", run());
      await page.getByText(/layers?, \d readings?, up to step \d/).waitFor();
      await page.getByText("count(true) < 4 holds.").first().waitFor();
      expect(complaints).toEqual([]);
    } finally {
      application.close();
    }
  });
});
