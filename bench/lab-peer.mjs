// A Python as the other contestant of bench/lab.mjs: answers "network batch steps" with the processor seconds of so
// many steps of momentum SGD, or with "none". With PyTorch: all networks. With numpy alone: the quick MLP, written out.
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

const PYTORCH = `
import sys, time, torch
from torch import nn
torch.set_num_threads(1)
conv = lambda i, o: nn.Sequential(nn.Conv2d(i, o, 5, padding="same"), nn.ReLU())
def network(name):
    if name == "quickMlp":
        return nn.Sequential(nn.Flatten(), nn.Linear(3072, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(),
            nn.Linear(512, 10)), (3, 32, 32)
    if name == "leNet5":
        return nn.Sequential(conv(1, 20), nn.MaxPool2d(2), conv(20, 50), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(2450, 500), nn.ReLU(), nn.Linear(500, 10)), (1, 28, 28)
    return nn.Sequential(conv(3, 96), nn.MaxPool2d(3, 3, 1), nn.BatchNorm2d(96),
        conv(96, 256), nn.MaxPool2d(3, 3, 1), nn.BatchNorm2d(256), nn.Flatten(),
        nn.Linear(4096, 384), nn.ReLU(), nn.Linear(384, 192), nn.ReLU(), nn.Linear(192, 10)), (3, 28, 28)
kept = {}
def seconds(name, batch, steps):
    if name not in kept:
        model, shape = network(name)
        kept[name] = model, shape, torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    model, shape, optimiser = kept[name]
    x, t = torch.randn(512, *shape), torch.randint(0, 10, (512,))
    start = time.process_time()
    for step in range(steps):
        at = step * batch % 512
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(x[at:at + batch]), t[at:at + batch]).backward()
        optimiser.step()
    return time.process_time() - start
`;

const NUMPY = `
import sys, time, numpy as np
sides = [3072, 512, 512, 10]
weights = [np.random.randn(o, i).astype(np.float32) / np.float32(i) ** .5 for i, o in zip(sides, sides[1:])]
velocities = [np.zeros_like(w) for w in weights]
def seconds(name, batch, steps):
    if name != "quickMlp": return "none"
    x, t = np.random.randn(512, 3072).astype(np.float32), np.random.randint(0, 10, 512)
    start = time.process_time()
    for step in range(steps):
        batched = slice(step * batch % 512, step * batch % 512 + batch)
        outputs = [x[batched]]
        for k, w in enumerate(weights):
            y = outputs[-1] @ w.T
            outputs.append(np.maximum(y, 0) if k < 2 else y)
        p = np.exp(outputs[-1] - outputs[-1].max(1, keepdims=True)); p /= p.sum(1, keepdims=True)
        p[np.arange(batch), t[batched]] -= 1
        d = p / np.float32(batch)
        for k in (2, 1, 0):
            g = d.T @ outputs[k]
            if k: d = (d @ weights[k]) * (outputs[k] > 0)
            velocities[k] *= np.float32(.9); velocities[k] += g
            weights[k] -= np.float32(.001) * velocities[k]
    return time.process_time() - start
`;

const SERVE = `
for line in sys.stdin:
    name, batch, steps = line.split(); print(seconds(name, int(batch), int(steps)), flush=True)
`;

/** Undefined where there is no python3 with PyTorch or numpy. */
export function startPeer() {
  const has = (module) => spawnSync("python3", ["-c", `import ${module}`], { stdio: "ignore" }).status === 0;
  const name = ["torch", "numpy"].find(has);
  if (name === undefined) return undefined;
  // One thread, as a training has here.
  const env = { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
  const child = spawn("python3", ["-c", (name === "torch" ? PYTORCH : NUMPY) + SERVE], {
    stdio: ["pipe", "pipe", "inherit"],
    env,
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name: name === "torch" ? "PyTorch" : "numpy",
    /** Undefined where it has not got the network. */
    async seconds(network, batch, steps) {
      child.stdin.write(`${network} ${batch} ${steps}\n`);
      const { value } = await lines.next();
      return value === "none" ? undefined : Number(value);
    },
    end: () => child.stdin.end(),
  };
}
