// A process that runs one command after another, as many-commands.ts asks it to: `{ args, cwd, mark }` comes over its
// channel; the exit code goes back, and the mark on both streams.
import { writeSync } from "node:fs";

const main = process.argv[2];
const OWN = new Set(process.eventNames());
let runs = 0;

process.on("message", async ({ args, cwd, mark }) => {
  process.chdir(cwd);
  process.argv = [process.execPath, main, ...args];
  process.exitCode = undefined;
  // The module that runs on import is new each time; all that it imports is there already.
  await import(`${main}?run=${runs++}`);
  const code = process.exitCode ?? 0;
  process.exitCode = undefined;
  // What a command leaves on the process it would take with it at its end.
  for (const event of process.eventNames())
    if (!OWN.has(event) && event !== "message") process.removeAllListeners(event);
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners("error");
  for (const descriptor of [1, 2]) writeSync(descriptor, mark);
  process.send({ code });
});
process.send("ready");
