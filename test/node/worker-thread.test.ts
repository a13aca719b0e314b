import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { startSpareThreads, startThread } from "#eigenscope/node/worker-thread.js";

const MODULE = new URL("../../dist/node/worker-thread.js", import.meta.url);
const WORKER = new URL("./spare-worker.mjs", import.meta.url);

interface Answer {
  readonly threadId: number;
  readonly name: string;
  readonly again: string;
  readonly spare: boolean;
}

/** What a thread with this name answers. It runs until the test is over. */
function answerOf(name: string, worker = WORKER): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const thread = startThread<Answer>(worker, { workerData: { name }, onMessage: resolve, onFailure: reject });
    onTestFinished(() => thread.terminate());
    thread.post("go");
  });
}

/** A module's own address: what other tests left for it is not taken. */
const own = (test: string): URL => new URL(`?${test}`, WORKER);

describe.runIf(existsSync(MODULE))("a thread that is started before its work is known", () => {
  it("does the next work for its module, with the data of that", async () => {
    const worker = own("next");
    startSpareThreads(worker, 2);
    const first = await answerOf("a", worker);
    const second = await answerOf("b", worker);
    const third = await answerOf("c", worker);
    expect([first, second, third].map(({ name, again, spare }) => [name, again, spare])).toEqual([
      ["a", "a", true],
      ["b", "b", true],
      ["c", "c", false],
    ]);
    expect(new Set([first, second, third].map(({ threadId }) => threadId)).size).toBe(3);
  });

  it("does no work of another module", async () => {
    startSpareThreads(own("one"), 1);
    expect(await answerOf("a", own("other"))).toMatchObject({ name: "a", spare: false });
    expect(await answerOf("a", own("one"))).toMatchObject({ name: "a", spare: true });
  });

  const run = (script: string) =>
    spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  const imports = `const { startSpareThreads, startThread } = await import(${JSON.stringify(MODULE.href)});`;

  it("lets the process end, and keeps it while it works", () => {
    const spare = `${imports} startSpareThreads(new URL(${JSON.stringify(WORKER.href)}), 2);`;
    expect(run(spare)).toMatchObject({ status: 0, stderr: "" });
    const works = `${spare} const thread = startThread(new URL(${JSON.stringify(WORKER.href)}), {
      workerData: { name: "kept" }, onFailure() {}, onMessage({ name }) { console.log(name); thread.terminate(); } });
      thread.post("go");`;
    expect(run(works)).toMatchObject({ status: 0, stdout: "kept\n" });
  });

  it("is none where no thread can be started, and the next one says why", () => {
    const nowhere = new URL("https://example.org/worker.mjs");
    startSpareThreads(nowhere, 2);
    expect(() => startThread(nowhere, { onMessage() {}, onFailure() {} })).toThrow("must be of scheme file");
  });

  it("is forgotten if it fails, and the next one says why it does", async () => {
    const missing = (test: string) => new URL(`./no-such-worker.mjs?${test}`, import.meta.url);
    startSpareThreads(missing("spare"), 1);
    // By the time that this one has failed, the spare one has.
    await expect(answerOf("a", missing("later"))).rejects.toThrow("no-such-worker.mjs");
    await expect(answerOf("b", missing("spare"))).rejects.toThrow("no-such-worker.mjs");
  });
});
