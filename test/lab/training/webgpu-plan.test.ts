import { describe, expect, it } from "vitest";
import { leNet5, miniAlexNetWith, type Network, quickMlp, tinyNetwork } from "#eigenscope/lab/networks/index.js";
import type { TrainerOptions } from "#eigenscope/lab/training/engine.js";
import { planBuffers } from "#eigenscope/lab/training/webgpu/buffer-plan.js";
import { groupsOf, slotsOf } from "#eigenscope/lab/training/webgpu/gpu-learner.js";
import { bindingsOf, gridOf, moduleOf } from "#eigenscope/lab/training/webgpu/kernel.js";
import { planNetwork } from "#eigenscope/lab/training/webgpu/network-plan.js";
import { adapterName } from "#eigenscope/lab/training/webgpu/open-device.js";
import { sharesOf, tileSide } from "#eigenscope/lab/training/webgpu/product.js";
import { stepBytes } from "#eigenscope/lab/training/webgpu/step-values.js";
import { shareLengthOf } from "#eigenscope/lab/training/webgpu/weight-layer.js";
import { real } from "#eigenscope/lab/training/webgpu/wgsl.js";
import { webgpuEngine } from "#eigenscope/lab/training/webgpu-engine.js";
import { PROBES } from "./probe-networks.js";

// What every adapter of WebGPU has (the specification, section 3.6.2).
const STORAGE_BUFFERS = 8;
const WORKGROUP_BYTES = 16384;

const optionsOf = (network: Network, batch = 32): TrainerOptions => ({
  network,
  loss: "cross-entropy",
  batch,
  seed: 1,
  momentum: 0.9,
});
const NETWORKS = [tinyNetwork, quickMlp, leNet5, miniAlexNetWith({ l2Fc1: 1e-4, dropout: 0.5 }), ...PROBES];

describe.each(NETWORKS)("the plan of $name", (network) => {
  const plan = planNetwork(optionsOf(network));
  const kernels = [...plan.step.kernels, ...plan.evaluation.kernels];

  it("asks nothing of the adapter that not every adapter has, but room", () => {
    for (const kernel of kernels) {
      const bindings = bindingsOf(kernel);
      expect(bindings.length, kernel.label).toBeLessThanOrEqual(STORAGE_BUFFERS);
      const shared = [...kernel.body.matchAll(/var<workgroup> \w+: array<f32, (\d+)>/g)].reduce(
        (sum, [, count]) => sum + 4 * Number(count),
        0,
      );
      expect(shared, kernel.label).toBeLessThanOrEqual(WORKGROUP_BYTES);
    }
  });

  it("binds no buffer to a kernel twice, and each under a name that the kernel uses", () => {
    for (const kernel of kernels) {
      const bindings = bindingsOf(kernel);
      expect(new Set(bindings.map(({ buffer }) => buffer)).size, kernel.label).toBe(bindings.length);
      for (const { name, buffer } of bindings) {
        expect(kernel.body, kernel.label).toMatch(new RegExp(`\\b${name}\\b`));
        expect(plan.buffers, kernel.label).toContain(buffer);
      }
      expect(moduleOf(kernel, plan.dropouts.length)).not.toMatch(/undefined|NaN|Infinity|\[object/);
    }
  });

  it("has no atomics: every sum is made in a fixed order", () => {
    for (const { body } of kernels) expect(body).not.toMatch(/atomic/);
  });

  it("evaluates with the weights alone: nothing that a step depends on is written", () => {
    const state = new Set(plan.tensors.flatMap(({ values, velocities }) => [values, velocities]));
    for (const { label, writes } of plan.evaluation.kernels) {
      for (const buffer of Object.values(writes)) expect(state.has(buffer), label).toBe(false);
    }
  });
});

describe("the buffers of a training", () => {
  it("are one for all layers where they share it, of the largest size", () => {
    const plan = planBuffers();
    const [first, second] = [plan.share("gradient", 5), plan.share("gradient", 9)];
    plan.share("gradient", 2);
    expect(second).toBe(first);
    expect(plan.buffers).toEqual([{ label: "gradient", type: "f32", count: 9 }]);
  });

  it("hold each tensor at places of its own", () => {
    for (const network of NETWORKS) {
      const taken = new Map<unknown, Set<number>>();
      for (const { parameter, values, place } of planNetwork(optionsOf(network)).tensors) {
        const places = taken.get(values) ?? new Set<number>();
        taken.set(values, places);
        const size = parameter.shape.reduce((product, side) => product * side, 1);
        for (let index = 0; index < size; index++) {
          const at = place(index);
          if (places.has(at) || !(at >= 0 && at < values.count))
            expect.fail(`${network.name}: ${parameter.name}[${index}] at ${at}`);
          places.add(at);
        }
      }
      for (const [buffer, places] of taken) expect(places.size).toBe((buffer as { count: number }).count);
    }
  });
});

describe("the sizes of a dispatch", () => {
  it("go to a second row of workgroups where one does not hold them", () => {
    expect(gridOf({ tiles: 7 }, 65535)).toEqual([7, 1, 1]);
    expect(gridOf({ tiles: 100_000, shares: 3 }, 65535)).toEqual([65535, 2, 3]);
    expect(gridOf({ tiles: 10 }, 5)).toEqual([5, 2, 1]);
  });

  it("take large tiles only where there are enough of them", () => {
    expect(tileSide(32, 512)).toBe(32);
    expect(tileSide(3073, 512)).toBe(64);
  });

  it("cut a long sum into shares whose gradients fit 16 MiB together, or take one", () => {
    for (const [depth, size] of [
      [20_736, 2401 * 256],
      [200_704, 76 * 96],
      [32, 4097 * 384],
      [4096, 2 ** 23],
    ]) {
      const length = shareLengthOf(depth, size);
      const shares = sharesOf(depth, length);
      expect(length % 16).toBe(0);
      expect(length).toBeGreaterThanOrEqual(256);
      expect(shares === 1 || shares * size <= 2 ** 22).toBe(true);
    }
  });

  it("read results of many small steps together, and of a large one alone", () => {
    expect(slotsOf(20)).toBe(512);
    expect(slotsOf(40_960)).toBe(25);
    expect(slotsOf(2 ** 22)).toBe(1);
  });
});

describe("batches in the queue", () => {
  it("are as many as there is room for, in their order, and at least one", () => {
    const batches = [3, 3, 2, 9, 1, 1].map((size) => new Uint32Array(size));
    const sizes = (slots: number, examples: number): number[][] =>
      groupsOf(batches, { slots, examples }).map((group) => group.map(({ length }) => length));
    expect(sizes(9, 100)).toEqual([[3, 3, 2, 9, 1, 1]]);
    expect(sizes(9, 7)).toEqual([[3, 3], [2], [9], [1, 1]]);
    expect(sizes(2, 100)).toEqual([
      [3, 3],
      [2, 9],
      [1, 1],
    ]);
  });
});

describe("what a step tells the kernels", () => {
  it("is laid out as the struct: count, rate, and keys from byte 16 on, in whole vectors", () => {
    const bytes = stepBytes({ count: 3, rate: 0.5, keys: [1, 2, 3, 4, 0xffffffff] });
    expect([...bytes]).toEqual([3, 0x3f000000, 0, 0, 1, 2, 3, 4, 0xffffffff, 0, 0, 0]);
    expect(stepBytes({ count: 1, rate: 0, keys: [] })).toHaveLength(8);
  });

  it.each([
    [0.1, "0.10000000149011612f"],
    [2, "2f"],
    [1e-7, "1.0000000116860974e-7f"],
    [2 ** -100, "7.888609052210118e-31f"],
  ])("writes the number %d as a literal of f32", (value, literal) => {
    expect(real(value)).toBe(literal);
  });
});

/** An adapter as far as it is asked before there is a device. */
function fakeGpu(binding: number, refusal = "no device"): GPU {
  const adapter = {
    info: { vendor: "acme", architecture: "one", description: "" },
    limits: { maxStorageBufferBindingSize: binding, maxBufferSize: 2 ** 30 },
    requestDevice: () => Promise.reject(new Error(refusal)),
  };
  return { requestAdapter: async () => adapter } as unknown as GPU;
}

describe("the WebGPU engine", () => {
  it("says what to do where there is no adapter", async () => {
    const gpu = { requestAdapter: async () => null } as unknown as GPU;
    await expect(webgpuEngine({ gpu })).rejects.toThrow(
      "WebGPU finds no adapter on this machine: it needs a GPU with a driver for Vulkan, Metal or Direct3D " +
        "12; install one, or train with the WebAssembly engine",
    );
  });

  it("is named, and names its adapter", async () => {
    expect(await webgpuEngine({ gpu: fakeGpu(2 ** 27) })).toMatchObject({ name: "webgpu", adapter: "acme one" });
    expect(adapterName({ vendor: "acme", architecture: "one", description: "driver 5" })).toBe("acme one, driver 5");
    expect(adapterName({ vendor: "", architecture: "", description: "" })).toBe("an adapter without a name");
  });

  it("refuses options as the other engines do", async () => {
    const engine = await webgpuEngine({ gpu: fakeGpu(2 ** 27) });
    await expect(engine.open(optionsOf(tinyNetwork, 0))).rejects.toThrow(
      "trainer: batch must be an integer from 1 to 4096, got 0",
    );
  });

  it("refuses a batch that the adapter's limits do not hold, and says what is too large", async () => {
    const engine = await webgpuEngine({ gpu: fakeGpu(2 ** 27) });
    // 28 x 28 x 96 values of 4 bytes, 1000 times.
    await expect(engine.open(optionsOf(miniAlexNetWith({}), 1000))).rejects.toThrow(
      new RangeError(
        'a training of the network "MiniAlexNet" with batches of 1000 needs 287 MiB in one piece for the ' +
          "output of layer 1 (convolution), and the adapter (acme one) gives at most 128 MiB; use a smaller " +
          "batch, or the WebAssembly engine",
      ),
    );
  });

  it("tells why an adapter gives no device", async () => {
    const engine = await webgpuEngine({ gpu: fakeGpu(2 ** 27, "it is gone") });
    await expect(engine.open(optionsOf(tinyNetwork))).rejects.toThrow(
      'the adapter (acme one) gives no device for a training of the network "tiny" with batches of 32: it is gone',
    );
  });
});
