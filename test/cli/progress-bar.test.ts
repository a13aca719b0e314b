import { afterEach, describe, expect, it, vi } from "vitest";
import type { Progress } from "#eigenscope/analysis/index.js";
import { duration, progressBar, progressLine } from "#eigenscope/cli/progress-bar.js";

const progress = (layersDone: number, workDone: number): Progress => ({
  layersDone,
  layersTotal: 40,
  workDone,
  workTotal: 100,
});

describe("progressLine", () => {
  it("tells the time left from the work done, not from the layers", () => {
    expect(progressLine(progress(1, 50), { elapsedMs: 30_000, width: 79 })).toBe(
      "[##########---------] 1/40 layers, 30 s left",
    );
  });

  it("counts down while a long layer runs, and stops promising when it takes too long", () => {
    expect(progressLine(progress(1, 50), { elapsedMs: 30_000, sinceMs: 10_000, width: 79 })).toContain("20 s left");
    expect(progressLine(progress(1, 50), { elapsedMs: 30_000, sinceMs: 40_000, width: 79 })).toContain(
      "1 min 10 s so far",
    );
  });

  it("shows the time spent until there is an estimate", () => {
    expect(progressLine(progress(0, 0), { elapsedMs: 0, sinceMs: 7000, width: 79 })).toContain("0/40 layers, 7 s");
  });

  it("estimates from what was computed: layers that a run had kept took no time", () => {
    // 40 of 100 were kept; of the other 60, 20 took 10 s.
    const resumed = { ...progress(20, 60), workReused: 40 };
    expect(progressLine(resumed, { elapsedMs: 10_000, width: 79 })).toBe(
      "[###########--------] 20/40 layers, 20 s left",
    );
    expect(progressLine({ ...progress(20, 40), workReused: 40 }, { elapsedMs: 10_000, width: 79 })).toContain(
      "20/40 layers, 10 s",
    );
    expect(progressLine({ ...progress(40, 100), workReused: 100 }, { elapsedMs: 10_000, width: 79 })).toContain(
      "40/40 layers, 0 s left",
    );
  });

  it("fits the width whatever the name, and prints no control character of it", () => {
    const last = { record: { name: `\u001b[2J${"重み".repeat(50)}` } } as Progress["last"];
    for (const width of [20, 40, 79]) {
      const line = progressLine({ ...progress(3, 10), last }, { elapsedMs: 5000, width });
      expect(line).not.toContain("\u001b");
      expect(line.length).toBeLessThanOrEqual(width);
    }
  });
});

it("writes durations in the two largest units", () => {
  expect([45_000, 200_000, 7_500_000].map(duration)).toEqual(["45 s", "3 min 20 s", "2 h 5 min"]);
});

describe("progressBar", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("redraws at most ten times a second, always for the last layer, and once a second while nothing happens", () => {
    vi.useFakeTimers();
    const written: string[] = [];
    const bar = progressBar({ columns: 80, write: (text) => written.push(text) }, () => Date.now());
    for (let i = 0; i < 100; i++) bar.update(progress(i % 39, i));
    expect(written).toHaveLength(1);
    vi.advanceTimersByTime(2000);
    expect(written).toHaveLength(3);
    bar.update(progress(40, 100));
    expect(written.at(-1)).toContain("40/40");
    bar.clear();
    vi.advanceTimersByTime(5000);
    expect(written.at(-1)).toBe("\r\x1b[K");
  });

  it("takes 80 columns where the terminal does not know its width", () => {
    const drawn = [undefined, 0, 80].map((columns) => {
      const written: string[] = [];
      const bar = progressBar(
        { ...(columns !== undefined && { columns }), write: (text) => written.push(text) },
        () => 0,
      );
      bar.update(progress(3, 10));
      bar.clear();
      return written[0];
    });
    expect(drawn[0]).toBe("\r[##-----------------] 3/40 layers, 0 s\x1b[K");
    expect(new Set(drawn).size).toBe(1);
  });
});
