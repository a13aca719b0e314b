// A fleet on this machine against one process with as many threads:
//   node bench/fleet/efficiency.mjs [--layers 60] [--size 512] [--models 1] [--workers 2] [--rounds 1]
// Both compute the same models in turn. Prints one line of JSON per round: seconds of both, their quotient,
// milliseconds of the queue per layer, and the most memory of each process. For the limits of decision 28:
// --layers 60 --size 1024 with --workers 1 and 2; --layers 2000 --size 16 --workers 1; --layers 100000 --size 16
// --workers 2. Run it on a quiet machine.
import { parseArgs } from "node:util";
import { withFleet } from "./local-fleet.mjs";

const { values } = parseArgs({
  options: Object.fromEntries(
    ["layers", "size", "models", "workers", "rounds"].map((name) => [name, { type: "string" }]),
  ),
});
const {
  layers = 60,
  size = 512,
  models = 1,
  workers = 2,
  rounds = 1,
} = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));

await withFleet(async (fleet) => {
  const shapes = Array.from({ length: models }, () => Array.from({ length: layers }, () => [size, size]));
  const source = fleet.write("models", shapes);
  for (let round = 0; round < rounds; round++) {
    // One model after the other, as a user without a queue would.
    const alone = await fleet.alone(source, models, workers);
    await fleet.redis();
    const submitted = await fleet.submit(source, `run-${round}`);
    const queued = await fleet.redis();
    const { events, used, seconds } = await fleet.work(workers);
    const drained = await fleet.redis();
    const done = events.filter(({ kind }) => kind === "layer");
    const reports = events.filter(({ kind }) => kind === "report");
    // From the first layer to the last report: without starting, and without waiting for the queue to be empty.
    const spanMs = reports.at(-1).time - (done[0].time - done[0].ms);
    const layerMs = done.reduce((sum, { ms }) => sum + ms, 0);
    console.log(
      JSON.stringify({
        ...{ layers: done.length, expected: layers * models, size, workers },
        ...{ seconds_alone: alone, seconds_fleet: seconds, seconds_of_layers: spanMs / 1000 },
        ...{ efficiency: alone / seconds, efficiency_of_layers: (1000 * alone) / spanMs },
        queue_ms_per_layer: (spanMs * workers - layerMs) / done.length,
        redis_ms_per_layer: (1000 * drained.seconds) / done.length,
        redis_bytes_per_layer: (queued.bytes - drained.bytes) / done.length,
        submit_seconds: submitted.seconds,
        longest_delay_ms: Math.max(
          ...events.filter(({ kind }) => kind === "ended").map((event) => event.longestDelayMs),
        ),
        max_rss_mib: { submit: submitted.maxRss, worker: Math.max(...used.map(({ maxRss }) => maxRss)) },
      }),
    );
  }
});
