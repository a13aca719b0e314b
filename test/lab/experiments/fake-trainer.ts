import type { TrainEngine, TrainedTensor } from "#eigenscope/lab/index.js";

/** What the fake trainers were asked. */
export interface Calls {
  readonly orders: number[][];
  readonly rates: number[];
}

/**
 * A trainer that learns nothing: its one matrix is turned a little by every example of the order, so that two trainings
 * agree to the bit where they saw the same examples at the same rates, and hardly otherwise. `fails` gives the loss of
 * a step instead of the fake's own.
 */
export function fakeEngine(
  calls: Calls = { orders: [], rates: [] },
  lossOf: (step: number) => number = (step) => 1 / step,
): TrainEngine {
  return {
    name: "fake",
    async open({ seed }) {
      const weights = Float32Array.from({ length: 40 * 20 }, (_, i) => Math.sin(seed + i * i));
      let step = 0;
      const tensors = (): TrainedTensor[] => [{ name: "fc1.weight", shape: [20, 40], values: weights.slice() }];
      return {
        async load() {},
        async train(order, { batch, rate }) {
          calls.orders.push([...order]);
          calls.rates.push(rate);
          order.forEach((example, at) => {
            weights[(example * 31 + at) % weights.length] +=
              rate * Math.cos(example + weights[example % weights.length]);
          });
          step += Math.ceil(order.length / batch);
          return { loss: lossOf(step), correct: order.length / 2, examples: order.length };
        },
        evaluate: async ({ count }) => ({ loss: weights[0], correct: count / 4, examples: count }),
        parameters: async () => tensors(),
        state: async () => [...tensors(), { name: "steps", shape: [1], values: Float32Array.of(step) }],
        async restore(state) {
          weights.set(state[0].values);
          step = state[1].values[0];
        },
        close() {},
      };
    },
  };
}
