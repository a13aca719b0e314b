import { describe, expect, it } from "vitest";
import { parseEpoch } from "#eigenscope/lab/experiments/parse-run.js";
import {
  miniAlexNet,
  type Network,
  networkOf,
  PRESET_NAMES,
  parseExperiment,
  planSweep,
  planTraining,
  preset,
  presetText,
  quickMlp,
  withOverrides,
} from "#eigenscope/lab/index.js";
import { PHASE_NAMES } from "#eigenscope/phases/index.js";

const VALID = {
  name: "mine",
  network: "quick-mlp",
  data: { set: "cifar10", train: 5000, test: 2000 },
  rate: 0.001,
  epochs: 20,
  axes: { batch: [500, 2], seed: [1, 2, 3] },
};
const parse = (changes: object) => parseExperiment(JSON.stringify({ ...VALID, ...changes }), "mine.json");

describe("an experiment's file", () => {
  it("has defaults for what it does not say", () => {
    const { base, length, record, axes } = parse({});
    expect(base).toMatchObject({
      loss: "cross-entropy",
      batch: 16,
      momentum: 0.9,
      rateDecay: 1,
      weightDecay: 0,
      l2: null,
      dropout: null,
      seed: 1,
    });
    expect(base.data.preprocessing).toBe("channel-standardised");
    expect([length, record, axes]).toEqual([{ epochs: 20 }, null, VALID.axes]);
  });

  it.each<[object, string]>([
    [{ rate: -1 }, "mine.json: rate: found -1, expected a number from 0"],
    [{ rate: undefined }, "rate: it is missing; expected a number from 0"],
    [{ rate: "fast" }, 'rate: found "fast", expected a number'],
    [{ axes: { batch: [500, 0.5] } }, "axes.batch[1]: found 0.5, expected a whole number from 1 to 4096"],
    [{ axes: { batch: [2, 2] } }, "axes.batch: found 2, expected each value once"],
    [{ axes: { depth: [1] } }, "axes.depth: unknown setting; the settings are batch, rate"],
    [{ learningRate: 1 }, "learningRate: unknown setting"],
    [{ network: "resnet" }, 'network: found "resnet", expected one of lenet5'],
    [{ network: { ...quickMlp, layers: [] } }, "layers must be a list of at least one layer"],
    [
      { network: "lenet5" },
      'network.input: found "28 x 28 x 1", expected 32 x 32 x 3, the shape of cifar10 after "channel-standardised"',
    ],
    [{ data: { set: "cifar10", train: 60_000 } }, "data.train: found 60000, expected a whole number from 1 to 50000"],
    [{ data: { set: "imagenet" } }, 'data.set: found "imagenet", expected one of synthetic, mnist'],
    [{ steps: 10 }, 'either "epochs" or "steps"'],
    [{ l2Layers: ["fc9"] }, 'l2Layers: found "fc9", expected names of dense layers: fc1, fc2, fc3'],
    [{ record: [] }, "record: found [], expected at least one value"],
  ])("is refused for %j with a sentence that names place, value and expectation", (changes, sentence) => {
    expect(() => parse(changes)).toThrow(sentence);
  });

  it("is refused where it is no JSON or no object", () => {
    expect(() => parseExperiment("{", "mine.json")).toThrow("mine.json: the file is not valid JSON");
    expect(() => parseExperiment("[1]", "mine.json")).toThrow("found [1], expected an object");
  });
});

describe("presets", () => {
  it.each(PRESET_NAMES)("%s passes the checks of a user's file, also as the text that it is printed as", (name) => {
    expect(parseExperiment(presetText(name)!, "x")).toEqual(preset(name));
    expect(preset(name)?.description).not.toBe("");
  });

  it("has the paper's headline at its own size", () => {
    const runs = planSweep(preset("paper/batch-size")!);
    expect(runs).toHaveLength(110);
    expect(runs[0].settings).toMatchObject({
      batch: 2,
      loss: "mean-squared-error",
      rate: 0.01,
      rateDecay: 0.95,
      epochs: 100,
      network: miniAlexNet,
    });
  });
});

describe("the plan of a sweep", () => {
  it("has every combination once, the longest first, each under its own name", () => {
    const runs = planSweep(parse({}));
    expect(runs.map(({ id }) => id)).toEqual([
      "b2-seed1",
      "b2-seed2",
      "b2-seed3",
      "b500-seed1",
      "b500-seed2",
      "b500-seed3",
    ]);
    expect(runs.every(({ work }, i) => i === 0 || work <= runs[i - 1].work)).toBe(true);
  });

  it("names the axes that are not batch size and seed", () => {
    expect(planSweep(parse({ axes: { l2: [0, 1e-4] } })).map(({ id }) => id)).toEqual([
      "b16-l2_0-seed1",
      "b16-l2_0.0001-seed1",
    ]);
  });

  it("turns a number of updates into epochs, the last of which is cut short", () => {
    const [small, large] = planSweep(parse({ epochs: undefined, steps: 25, axes: { batch: [2, 500] } })).sort(
      (a, b) => a.settings.batch - b.settings.batch,
    );
    expect([small.settings.epochs, large.settings.epochs]).toEqual([1, 3]);
    expect(large.settings.record).toEqual([0, 1, 2, 3]);
  });

  it("records the last epoch whatever is asked, and nothing after it", () => {
    expect(planTraining(parse({ record: [5, 0, 50] })).settings.record).toEqual([0, 5, 20]);
  });

  it("takes what the command line changes: one value as a setting, several as an axis", () => {
    const changed = withOverrides(parse({}), {
      axes: { batch: [4], seed: [7, 8], rate: [0.1, 0.2] },
      epochs: 3,
      train: 100,
    });
    expect(changed.base).toMatchObject({ batch: 4, data: { train: 100, test: 2000 } });
    expect([changed.axes, changed.length]).toEqual([{ seed: [7, 8], rate: [0.1, 0.2] }, { epochs: 3 }]);
    expect(() => withOverrides(parse({}), { train: 5001 })).toThrow(
      "--train 5001: this experiment has 5000 images of cifar10",
    );
    expect(() => withOverrides(parse({}), { axes: { batch: [0] } })).toThrow("the command line: batch[0]: found 0");
  });
});

describe("a network under its settings", () => {
  const kinds = ({ layers }: Network): string => layers.map(({ type }) => type).join(" ");
  const as = (network: Network, settings: { l2?: number; l2Layers?: string[]; dropout?: number }) =>
    networkOf({ network, l2: null, l2Layers: [], dropout: null, ...settings });

  it("is itself where nothing is asked", () => {
    expect(as(miniAlexNet, {})).toEqual(miniAlexNet);
  });

  it("has the penalty on the layers that are named, or on all dense ones", () => {
    const l2Of = (network: Network) => network.layers.flatMap((layer) => ("l2" in layer ? [layer.name] : []));
    expect(l2Of(as(miniAlexNet, { l2: 1e-4, l2Layers: ["fc1"] }))).toEqual(["fc1"]);
    expect(l2Of(as(quickMlp, { l2: 1e-4 }))).toEqual(["fc1", "fc2", "fc3"]);
  });

  it("has dropout behind every hidden dense layer, not behind the logits", () => {
    expect(kinds(as(quickMlp, { dropout: 0.5 }))).toBe("flatten dense dropout dense dropout dense");
  });

  it("gives the network's own dropout layers the rate, and takes them away at 0", () => {
    const own = as(quickMlp, { dropout: 0.5 });
    expect(as(own, { dropout: 0.2 }).layers.filter(({ type }) => type === "dropout")).toEqual([
      { type: "dropout", rate: 0.2 },
      { type: "dropout", rate: 0.2 },
    ]);
    expect(as(own, { dropout: 0 })).toEqual(quickMlp);
  });
});

describe("a kept epoch", () => {
  const line = (phase: unknown): string => {
    const numbers = ["lambda_max", "lambda_plus", "mp_soft_rank", "stable_rank", "matrix_entropy", "spikes"];
    const nothing = [...numbers, "resolved_floor", "alpha", "sigma", "phase_confidence"].map((name) => [name, null]);
    return JSON.stringify({
      ...{ epoch: 3, steps: 30, rate: 0.1, running: null, train: null, test: { loss: 1, accuracy: 0.5 } },
      layers: [
        { name: "fc1", shape: [20, 20], dtype: "F32", N: 20, M: 20, ...Object.fromEntries(nothing), phase, notes: [] },
      ],
    });
  };

  it.each([...PHASE_NAMES, null])("is read again with a layer of phase %s", (phase) => {
    expect(parseEpoch(line(phase), "epochs.jsonl").layers?.[0].phase).toBe(phase);
  });

  it("is refused with another phase", () => {
    expect(() => parseEpoch(line("solid"), "epochs.jsonl")).toThrow('layers[0].phase: found "solid"');
  });
});
