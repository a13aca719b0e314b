import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { QUEUE } from "#eigenscope/node/fleet/queue.js";
import { commandsUnder } from "./recipe-models.js";
import { DEPLOY, recipe } from "./recipes.js";

// Its packages are installed by nobody else: it was run by hand.
describe("deploy/board.mjs", () => {
  const text = recipe("board.mjs");

  it("is a script, whose packages the README installs", () => {
    execFileSync(process.execPath, ["--check", join(DEPLOY, "board.mjs")]);
    const packages = [...text.matchAll(/^import .* from "((?:@[^/"]+\/)?[^/"]+)/gm)].map(([, name]) => name);
    expect(packages.length).toBeGreaterThan(4);
    for (const name of packages) expect(commandsUnder("A board")).toContain(` ${name}@`);
  });

  it("shows our queue, read-only, on loopback", () => {
    expect(text).toContain(`new Queue("${QUEUE}"`);
    expect(text.match(/readOnlyMode: true/g)).toHaveLength(text.match(/new BullMQAdapter\(/g)?.length as number);
    expect(text).toContain('app.listen(Number(port), "127.0.0.1"');
  });

  it("takes the versions of bullmq and ioredis that the fleet takes", () => {
    const { peerDependencies } = JSON.parse(readFileSync(join(DEPLOY, "../package.json"), "utf8"));
    for (const name of ["bullmq", "ioredis"])
      expect(commandsUnder("A board")).toContain(` ${name}@${/\d+/.exec(peerDependencies[name])?.[0]} `);
  });
});
