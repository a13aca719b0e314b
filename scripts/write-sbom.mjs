// The bill of materials of the package, as CycloneDX: `node scripts/write-sbom.mjs <file>`, after `npm run build`.
//
// What npm installs with the package, and what the built files hold of other packages. `npm sbom --omit dev` is
// neither: it leaves out bundled packages, and (npm 11.19) also dependencies that a development dependency names, too.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** "name version" of the packages in the scripts of the command, by the notices that the build wrote. */
export function bundledInCommand(notices) {
  return [...notices.split("=".repeat(80))[0].matchAll(/^- (\S+) (\S+): /gm)].map(([, name, version]) => [
    name,
    version,
  ]);
}

/** The packages that the page is built of, by the imports of its sources. */
export function importedByPage(sources) {
  const names = sources.flatMap((text) =>
    [
      ...text
        .replaceAll(/^import type [^;]*;/gm, "")
        .matchAll(/(?:from|import)\s*\(?\s*"(@[^"/]+\/[^"/]+|[^".#@/][^"/]*)/g),
    ].map(([, name]) => name),
  );
  return [...new Set(names)].filter((name) => !name.startsWith("node:")).sort();
}

/** The bill for these components of npm's own: those that are installed, and those that `isBundled` tells. */
export function billOf({ metadata, components, dependencies, ...rest }, isBundled) {
  const isForDevelopment = ({ properties = [] }) =>
    properties.some(({ name }) => name === "cdx:npm:package:development");
  const kept = components.flatMap((component) => {
    if (!isForDevelopment(component)) return [component];
    if (!isBundled(component)) return [];
    return [{ ...component, properties: [{ name: "eigenscope:bundled", value: "true" }] }];
  });
  const refs = new Set([metadata.component["bom-ref"], ...kept.map((component) => component["bom-ref"])]);
  const edges = dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }));
  return { ...rest, metadata, components: kept, dependencies: edges };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const all = execFileSync("npm", ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"], {
    ...{ cwd: ROOT, encoding: "utf8", maxBuffer: 2 ** 27, shell: process.platform === "win32" },
  });
  const command = bundledInCommand(readFileSync(join(ROOT, "dist/THIRD-PARTY-NOTICES.txt"), "utf8"));
  const sources = ["app", "src"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name) && (folder === "app" || /^(?:browser|report)\b/.test(name)))
      .map((name) => readFileSync(join(ROOT, folder, name), "utf8")),
  );
  const page = importedByPage(sources);
  const isBundled = ({ name, version }) =>
    page.includes(name) || command.some(([other, of]) => other === name && of === version);
  const bill = billOf(JSON.parse(all), isBundled);
  // npm gives the name of the folder.
  bill.metadata.component.name = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).name;
  writeFileSync(process.argv[2], `${JSON.stringify(bill, null, 2)}\n`);
  console.log(`${bill.components.length} components`);
}
