// Compiles the native engine (native/) into dist/native/, if there is a C compiler. Without one, or if it fails, the
// build goes on: the WebAssembly engine does the same work.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileNative, copyHeaders, sourceText } from "../dist/node/native/compile-native.js";
import { builtLibrary } from "../dist/node/native/find-native.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const sources = join(root, "native");
const out = builtLibrary();
const headers = join(dirname(out), "include");
/** What the library was made from: it is not made again from the same. */
const stamp = `${out}.source`;

copyHeaders(join(root, "node_modules/node-api-headers"), headers);
const text = `${process.env.CC ?? ""}\n${sourceText(sources)}`;
if (existsSync(out) && existsSync(stamp) && readFileSync(stamp, "utf8") === text) {
  console.log("native/: unchanged");
} else {
  const compiled = compileNative({ sources, headers, out, platform: process.platform, env: process.env });
  if ("compiler" in compiled) {
    writeFileSync(stamp, text);
    console.log(`native/: compiled by ${compiled.compiler} for ${process.platform}-${process.arch}`);
  } else console.log(`native/: no native engine, WebAssembly is used: ${compiled.reason}`);
}
