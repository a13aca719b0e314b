// The licences of the packages whose code the bundle of the command holds, as one text: those who copy the code must
// get them with it.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The folders of the packages whose code is in a bundle, by esbuild's metafile. */
export function bundledPackages({ outputs }) {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const folders = files.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? []);
  return [...new Set(folders)];
}

/**
 * Name, version, licence and the text of the licence files of each package. Those in `installed` are dependencies,
 * which are also installed as packages of their own: such a one may have no licence file. Rejects if another one has
 * none.
 */
export async function notices(folders, installed) {
  const parts = await Promise.all(folders.map((folder) => noticeOf(folder, installed)));
  parts.sort((a, b) => (a.name < b.name ? -1 : 1));
  const head = [
    "The scripts in dist/bundle/ hold code of these packages, unchanged but for being put together and shortened:",
    "",
    ...parts.map(({ name, version, license }) => `- ${name} ${version}: ${license}`),
  ];
  return `${[head.join("\n"), ...parts.map(({ text }) => text)].join(`\n\n${"=".repeat(80)}\n\n`)}\n`;
}

async function noticeOf(folder, installed) {
  const { name, version, license, author } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const files = (await readdir(folder)).filter((file) => /^(?:licen[cs]e|notice|copying)\b/i.test(file)).sort();
  if (files.length === 0 && !installed.includes(name))
    throw new Error(`${name} is bundled, but its package has no licence file`);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  const own = `Its package has no licence file. It says: licence ${license}, author ${author?.name ?? author}.`;
  const text = [`${name} ${version} (${license})`, ...(texts.length === 0 ? [own] : texts.map((one) => one.trimEnd()))];
  return { name, version, license, text: text.join("\n\n") };
}
