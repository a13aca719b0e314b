// Names the packages of the native engine as optionalDependencies in package.json, before the release packs it:
//
//   node scripts/name-native-packages.mjs <folder with the packages of native-package.mjs>
//
// They are not in the repository's package.json: until they are published, `npm ci` could not find them.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** As `npm pack` names the archive of @eigenscope/native-<platform>. */
const ARCHIVE = /^eigenscope-(native-(?:linux|darwin)-(?:x64|arm64)(?:-musl)?)-(\d+\.\d+\.\d+.*)\.tgz$/;

/** The dependencies for these archives. Throws for another file, another version, or none at all. */
export function nativeDependencies(files, version) {
  const found = files.map((file) => {
    const [, name, of] = ARCHIVE.exec(file) ?? [];
    if (name === undefined) throw new Error(`${file} is no package of the native engine`);
    if (of !== version) throw new Error(`${file} is not of version ${version}`);
    return [`@eigenscope/${name}`, version];
  });
  if (found.length === 0) throw new Error("there are no packages of the native engine");
  return Object.fromEntries(found.sort());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = fileURLToPath(new URL("../package.json", import.meta.url));
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  manifest.optionalDependencies = nativeDependencies(readdirSync(process.argv[2]), manifest.version);
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
