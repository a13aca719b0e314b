import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Entry, loadEntry } from "#eigenscope/node/launch/bundle.js";

const FOLDER = fileURLToPath(new URL("../../../dist/bundle", import.meta.url));
const BUILT = existsSync(join(FOLDER, "eigenscope.cjs"));
if (!BUILT) console.warn("SKIPPED: tests of the bundle, because dist/ is not built (npm run build)");

const SCRIPTS = BUILT ? readdirSync(FOLDER).filter((name) => name.endsWith(".js")) : [];
const TEXTS = new Map(SCRIPTS.map((name) => [name, readFileSync(join(FOLDER, name), "latin1")]));

/** What a script evaluates before itself, as one text. */
function textOf(name: string, seen = new Set<string>()): string {
  if (seen.has(name)) return "";
  seen.add(name);
  const own = TEXTS.get(name) as string;
  return own + [...own.matchAll(/__script\("([^"]+)"\)/g)].map(([, other]) => textOf(other, seen)).join("");
}

/** The script that a command is imported from. */
function commandScript(command: string): string {
  return SCRIPTS.find((name) => new RegExp(`^${command}-\\w{8}\\.js$`).test(name)) as string;
}

describe.skipIf(!BUILT)("the bundle", () => {
  it("has only scripts that can be evaluated", async () => {
    const starting = ["cli.js", "spectral.js", "column.js"];
    for (const name of SCRIPTS.filter((script) => !starting.includes(script))) {
      const loaded = await loadEntry(name.replace(/\.js$/, "") as Entry, { folder: FOLDER, version: "test" });
      expect(loaded, name).toBeTypeOf("object");
    }
  });

  it("begins a command without the code of others, of the lab, and of pages", () => {
    const marks = {
      pages: "function renderModelPage(",
      lab: "function trainEngine(",
      layers: "function measureLayer(",
      agents: "StdioServerTransport already started",
    };
    const has = (script: string): string[] =>
      Object.entries(marks).flatMap(([name, mark]) => (textOf(script).includes(mark) ? [name] : []));
    expect(has("cli.js")).toEqual([]);
    expect(has(commandScript("describe"))).toEqual([]);
    expect(has(commandScript("analyze"))).toEqual(["layers"]);
    expect(has(commandScript("serve"))).toEqual(["layers"]);
    expect(has(commandScript("mcp"))).toEqual(["layers", "agents"]);
    // The marks are real: what is imported later has them.
    for (const mark of Object.values(marks))
      expect(
        SCRIPTS.filter((name) => TEXTS.get(name)?.includes(mark)),
        mark,
      ).toHaveLength(1);
  });

  it("loads no module of Node before something of it is used", () => {
    for (const [name, text] of TEXTS) expect(text.match(/\brequire\("node:[a-z/_]+"\)/), name).toBeNull();
  });
});
