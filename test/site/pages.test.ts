import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { PHASE_NAMES } from "#eigenscope/phases/phase.js";
import { longOptions, objection } from "./command-tree.js";
import { namedOptions, quotedCommands } from "./quoted-commands.js";
import { type Caption, gallery, galleryTables, navigation } from "./site-modules.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(`${ROOT}${path}`, "utf8");
const { PAGES, addressOf } = navigation;
const SOURCES = PAGES.map(({ source }) => source);
/** What quotes commands of today: the changelog has those of earlier versions too. */
const DOCUMENTS = ["README.md", "site/home.md", ...SOURCES].filter(
  (source) => !source.startsWith("docs/api/") && source !== "CHANGELOG.md",
);

describe("the site's navigation", () => {
  it("names only documents that are there, each once, at an address of its own", () => {
    expect(SOURCES.filter((source) => !existsSync(`${ROOT}${source}`))).toEqual([]);
    expect(new Set(SOURCES.map(addressOf)).size).toBe(SOURCES.length);
    expect(new Set(PAGES.map(({ text }) => text)).size).toBe(SOURCES.length);
  });

  it("has a page for every document of docs/", () => {
    const documents = readdirSync(`${ROOT}docs`, { recursive: true, encoding: "utf8" })
      .map((path) => `docs/${path.replaceAll("\\", "/")}`)
      .filter((path) => path.endsWith(".md"));
    expect(documents.filter((path) => !SOURCES.includes(path))).toEqual([]);
  });

  it.each([
    ["docs/tutorial.md", "tutorial"],
    ["docs/theory/phases.md", "theory/phases"],
    ["docs/api/README.md", "api/index"],
    ["NOTATION.md", "notation"],
  ])("puts %s at %s", (source, address) => {
    expect(addressOf(source)).toBe(address);
  });

  it("and the first page's links lead to pages", () => {
    const addresses = new Set(SOURCES.map((source) => `/${addressOf(source)}`.replace(/\/index$/, "/")));
    const targets = [...read("site/home.md").matchAll(/\]\((\/[^)#]*)|link: (\/\S*)/g)].map(
      ([, target, link]) => target ?? link,
    );
    expect(targets.length).toBeGreaterThan(5);
    expect(targets.filter((target) => !addresses.has(target) && !existsSync(`${ROOT}docs${target}`))).toEqual([]);
  });
});

describe("the commands that the documents quote", () => {
  it.each(DOCUMENTS)("can be given as %s has them", async (document) => {
    const refused = [];
    for (const { args, isMention } of quotedCommands(read(document))) {
      const reason = await objection(args, { isMention });
      if (reason !== null) refused.push(`eigenscope ${args.join(" ")}: ${reason}`);
    }
    expect(refused).toEqual([]);
  });

  it("are many in the tutorial, the guides and the paper's page", () => {
    const count = (document: string): number => quotedCommands(read(document)).length;
    expect(count("docs/tutorial.md")).toBeGreaterThan(10);
    expect(count("docs/paper.md")).toBeGreaterThan(15);
    expect(count("docs/results.md")).toBeGreaterThan(3);
    expect(count("docs/weightwatcher.md")).toBeGreaterThan(4);
  });

  it.each(["tutorial", "results", "paper", "weightwatcher", "gallery", "notebooks"])(
    "and the options that docs/%s.md names by themselves exist",
    (name) => {
      const known = longOptions();
      expect(namedOptions(read(`docs/${name}.md`)).filter((option) => !known.has(option))).toEqual([]);
    },
  );

  it.each([
    ["an unknown command", "eigenscope analyse m.npy", /unknown command/],
    ["an unknown option", "eigenscope analyze m.npy --htm r.html", /unknown option/],
    ["a value that is no choice", "eigenscope analyze m.npy --engine fast", /invalid/],
    ["an unknown command of the lab", "eigenscope lab trian x", /unknown command/],
  ])("are refused for %s", async (_, line, reason) => {
    const [inBlock] = quotedCommands(`\`\`\`sh\n${line}\n\`\`\``);
    const [inText] = quotedCommands(`Give \`${line}\`.`);
    expect(await objection(inBlock.args, inBlock)).toMatch(reason);
    expect(await objection(inText.args, inText)).toMatch(reason);
  });

  it("may leave out what a command needs only where a text mentions the command", async () => {
    expect(await objection(["advise"], { isMention: false })).toMatch(/--for/);
    expect(await objection(["lab", "report"], { isMention: false })).toMatch(/folder/);
    expect(await objection(["advise"], { isMention: true })).toBeNull();
    expect(await objection(["lab", "report"], { isMention: true })).toBeNull();
    expect(quotedCommands("`eigenscope advise`\n\n```\neigenscope advise\n```\n")).toEqual([
      { args: ["advise"], isMention: false },
      { args: ["advise"], isMention: true },
    ]);
  });

  it("are read without prompts, redirections, pipes, comments and quotes", () => {
    const block = [
      "```console",
      `$ npx eigenscope analyze "a b.npy" --fail-on 'alpha < 2' > out.txt   # why`,
      "eigenscope lab list && eigenscope doctor | head",
      "eigenscope analyze m \\",
      "  --csv c",
      "not eigenscope at all",
      "```",
    ].join("\n");
    expect(quotedCommands(block).map(({ args }) => args)).toEqual([
      ["analyze", "a b.npy", "--fail-on", "alpha < 2"],
      ["lab", "list"],
      ["doctor"],
      ["analyze", "m", "--csv", "c"],
    ]);
  });
});

describe("the gallery", () => {
  const document = read("docs/gallery.md");
  const captions: Record<string, Caption> = JSON.parse(read("docs/pictures/gallery/spectra.json"));

  it.each(PHASE_NAMES)("shows %s as made and as real, under its name", (phase) => {
    const items = gallery.GALLERY[phase];
    expect(items.some(({ family }) => family !== undefined)).toBe(true);
    expect(items.some(({ path }) => path !== undefined)).toBe(true);
    expect(items.map(({ id }) => captions[id].phase)).toEqual(items.map(() => phase));
    expect(document).toContain(`<!-- spectra: ${phase} -->`);
  });

  it("has a picture for each spectrum, of at most 40 kB, and none besides", () => {
    const ids = Object.values(gallery.GALLERY)
      .flat()
      .map(({ id }) => id);
    const files = readdirSync(`${ROOT}docs/pictures/gallery`).filter((name) => name.endsWith(".svg"));
    expect(files.sort()).toEqual(ids.map((id) => `${id}.svg`).sort());
    const svgs = files.map((name) => read(`docs/pictures/gallery/${name}`));
    expect(svgs.filter((svg) => svg.length > 40_000)).toEqual([]);
    // By themselves they must bring their colours, for light and dark.
    expect(svgs.filter((svg) => !svg.includes("prefers-color-scheme:dark") || !svg.includes("aria-label="))).toEqual(
      [],
    );
  });

  it("has the captions that were kept with the pictures", () => {
    expect(galleryTables(document, captions)).toBe(document);
  });
});

describe("the page for those who know WeightWatcher", () => {
  /** Of `analyze` of version 0.7.5.5, `self` apart. */
  const ARGUMENTS = [
    ..."model layers min_evals max_evals min_size max_size max_N glorot_fix plot randomize savefig mp_fit".split(" "),
    ..."conv2d_norm ww2x pool conv2d_fft fft deltas intra vectors channels stacked fix_fingers".split(" "),
    ..."xmin_max max_fingers finger_thresh fit sparsify detX svd_method tolerance start_ids".split(" "),
    ..."pl_package xmax base_model peft inverse".split(" "),
  ];

  it("has a row for each argument of its analyze()", () => {
    const section = read("docs/weightwatcher.md").split("\n## ")[2];
    const rows = [...section.matchAll(/^\| `(\w+)` +\| (.+?) +\|$/gm)];
    expect(rows.map(([, name]) => name).sort()).toEqual([...ARGUMENTS].sort());
    expect(rows.filter(([, , here]) => here.length < 6)).toEqual([]);
  });
});

describe("the site's packages", () => {
  const lock = JSON.parse(read("site/package-lock.json"));
  const packages = Object.entries<{ license?: string; resolved?: string; integrity?: string }>(lock.packages).slice(1);

  it("are named without the host that they came from, and with their checksums", () => {
    expect(packages.length).toBeGreaterThan(20);
    expect(packages.filter(([, { resolved }]) => resolved !== undefined).map(([name]) => name)).toEqual([]);
    expect(packages.filter(([, { integrity }]) => integrity === undefined).map(([name]) => name)).toEqual([]);
  });

  it("have licences that ask for no more than their notice", () => {
    // CC0-1.0: the icons' data.
    const allowed = ["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "CC0-1.0"];
    expect(packages.filter(([, { license }]) => !allowed.includes(license ?? "")).map(([name]) => name)).toEqual([]);
    expect(Object.keys(lock.packages[""].devDependencies)).toEqual(["vitepress"]);
  });
});
