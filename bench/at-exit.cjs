// node -r bench/at-exit.cjs ...: when the process ends, writes to the file in BENCH_MEASURED what it took: processor
// time of all threads and of the main thread (seconds), and peak memory (bytes). On Linux.
const { readFileSync, writeFileSync } = require("node:fs");
const { isMainThread } = require("node:worker_threads");

if (isMainThread)
  process.on("exit", () => {
    const { user, system } = process.cpuUsage();
    const [, peak] = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "latin1"));
    const measured = {
      seconds: (user + system) / 1e6,
      mainSeconds: threadSeconds(process.pid),
      peakBytes: 1024 * Number(peak),
    };
    writeFileSync(process.env.BENCH_MEASURED, JSON.stringify(measured));
  });

/** User and system time of a thread; Linux counts in hundredths of a second. */
function threadSeconds(thread) {
  const stat = readFileSync(`/proc/self/task/${thread}/stat`, "latin1");
  // The name in parentheses may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
