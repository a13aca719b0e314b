// Makes the optional package of one platform from the library that `npm run build` compiled here:
//
//   node scripts/native-package.mjs linux-x64 <folder>
//
// writes <folder>/<name>.tgz. The release names these packages as optionalDependencies of its own version. They have no
// install script, and `os`, `cpu` and `libc` keep npm from installing the wrong ones.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { builtLibrary, searchNative, whyNoNative } from "../dist/node/native/find-native.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const [platform = "", target = "packages"] = process.argv.slice(2);
const [, os, cpu, musl] = /^(linux|darwin)-(x64|arm64)(-musl)?$/.exec(platform) ?? [];
if (os === undefined) throw new RangeError(`platform "${platform}": expected such as linux-x64 or linux-x64-musl`);
if (os !== process.platform || cpu !== process.arch)
  throw new RangeError(`${platform} is built on such a machine; this one is ${process.platform}-${process.arch}`);
if (!existsSync(builtLibrary())) throw new Error("there is no library; npm run build says why");

const search = searchNative({ env: { EIGENSCOPE_NATIVE: builtLibrary() } });
if (search.library === null) throw new Error(whyNoNative(search));

const { version, license, repository, engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const folder = mkdtempSync(join(tmpdir(), "native-package-"));
try {
  const manifest = {
    name: `@eigenscope/native-${platform}`,
    version,
    description: `The native engine of eigenscope for ${platform}.`,
    license,
    repository,
    engines,
    os: [os],
    cpu: [cpu],
    ...(os === "linux" && { libc: [musl ? "musl" : "glibc"] }),
    main: "native.node",
    files: ["native.node"],
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  copyFileSync(builtLibrary(), join(folder, "native.node"));
  copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  mkdirSync(resolve(target), { recursive: true });
  execFileSync("npm", ["pack", "--silent", "--pack-destination", resolve(target)], { cwd: folder, stdio: "inherit" });
} finally {
  rmSync(folder, { recursive: true });
}
