// Runs the command line many times in one process, as if each were its own, and notes of each run what it said, how it
// ended, which files it opened, how many steps it took on the structure of its file (formats/pace.ts) and the peak of
// memory so far.
//
//   node watched-runs.mjs RUNS.json (a list of {cwd, args}; beside it, RUNS.json.ended gets one line of JSON for each
//   run when it has ended)
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const [, , list] = process.argv;
const runs = JSON.parse(fs.readFileSync(list, "utf8"));
const { appendFileSync } = fs;

let opened = [];
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
syncBuiltinESMExports();

const { Pace } = await import("../../../dist/bytes/pace.js");
let steps = 0;
const { spend } = Pace.prototype;
Pace.prototype.spend = function (count) {
  steps += count;
  return spend.call(this, count);
};

const said = { stdout: "", stderr: "" };
for (const name of ["stdout", "stderr"]) {
  process[name].setMaxListeners(0);
  process[name].write = (text, ...rest) => {
    said[name] += typeof text === "string" ? text : Buffer.from(text).toString("utf8");
    rest.find((one) => typeof one === "function")?.();
    return true;
  };
}
process.setMaxListeners(0);

for (const [k, { cwd, args }] of runs.entries()) {
  process.chdir(cwd);
  process.argv = [process.argv[0], process.argv[1], ...args];
  process.exitCode = undefined;
  [opened, steps, said.stdout, said.stderr] = [[], 0, "", ""];
  // The module runs its command when it is loaded: under another address it is loaded again, and only it. It is not the
  // bundled script, whose `Pace` is another one.
  const { finished } = await import(`../../../dist/cli/run.js?run=${k}`);
  await finished;
  const code = process.exitCode ?? 0;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const ended = JSON.stringify({ code, ...said, opened, steps, peakBytes });
  appendFileSync(`${list}.ended`, `${ended}\n`);
}
process.exitCode = 0;
