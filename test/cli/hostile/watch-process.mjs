// Loaded into a command line before it starts (node --import): notes every file that it opens, and at its end what it took of memory and time.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const opened = [];
for (const [holder, names] of [
  [fs.promises, ["open", "readFile", "readdir", "writeFile"]],
  [fs, ["open", "openSync", "readFile", "readFileSync", "createReadStream", "readdirSync"]],
]) {
  for (const name of names) {
    const original = holder[name];
    holder[name] = (path, ...rest) => {
      opened.push(String(path));
      return original.call(holder, path, ...rest);
    };
  }
}
const { writeFileSync } = fs;
syncBuiltinESMExports();

process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeFileSync(process.env.WATCHED_TO, JSON.stringify({ opened, peakBytes: maxRSS * 1024, cpuMs: (userCPUTime + systemCPUTime) / 1000 }));
});
