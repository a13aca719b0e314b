"""Writes test/goldens/lab/*.json: LeNet5 and MiniAlexNet trained for 20 steps of 8 images, in numpy and f64.

An oracle of its own: convolutions are products with sliding windows, gradients are derived here and not taken from src/lab. The initial weights and the images
come from a counter-based hash and correctly rounded arithmetic (+, *, /, sqrt), so that test/lab/training/goldens.test.ts makes them again bit by bit.

Where two entries of a pool's window, or a ReLU's input and zero, differ by less than f32 rounds, an engine may take the
other one: the gradient jumps, and 20 steps later so have the losses, by 1e-4 and more. So the seeds are such that no
step comes near a tie (CLEAR). Of the seeds up to 180, 155 keeps MiniAlexNet the farthest from all of them.

Run with any Python that has numpy: python3 scripts/goldens/lab.py (half a minute). lab-pytorch.py compares with PyTorch.
"""

import json
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "test" / "goldens" / "lab"
STEPS, BATCH, CLASSES = 20, 8, 10
RATE, MOMENTUM = 0.01, 0.9
KEEP, EPSILON = 0.99, 0.001  # batch normalisation, as Keras
# How far from a tie all gates stay, in roundings of f32 sums: 2^-24 sqrt(terms) times the root mean square of the layer.
CLEAR = 2

# (kind, name, units or filters, inputs or channels, kernel), (kind, size and stride), (kind, name, channels)
NETWORKS = {
    "lenet5": {
        "seed": 1,
        "image": (28, 28, 1),
        "loss": "cross-entropy",
        "weight_decay": 5e-4,
        "l2": {},
        "layers": [
            ("conv", "conv1", 20, 1, 5),
            ("pool", 2),
            ("conv", "conv2", 50, 20, 5),
            ("pool", 2),
            ("flatten",),
            ("dense", "fc1", 500, 2450, "relu"),
            ("dense", "fc2", 10, 500, "linear"),
        ],
    },
    "mini-alexnet": {
        "seed": 155,
        "image": (28, 28, 3),
        "loss": "mean-squared-error",
        "weight_decay": 0.0,
        "l2": {"fc1": 1e-4},
        "layers": [
            ("conv", "conv1", 96, 3, 5),
            ("pool", 3),
            ("norm", "bn1", 96),
            ("conv", "conv2", 256, 96, 5),
            ("pool", 3),
            ("norm", "bn2", 256),
            ("flatten",),
            ("dense", "fc1", 384, 4096, "relu"),
            ("dense", "fc2", 192, 384, "relu"),
            ("dense", "fc3", 10, 192, "linear"),
        ],
    },
}


def hashed(seed, count, stream):
    """`count` 32-bit numbers: the finaliser of MurmurHash3 over a counter."""
    z = np.arange(count, dtype=np.uint64) * 0x9E3779B9 + (seed * 0x85EBCA6B + stream * 0x27D4EB2F)
    z &= 0xFFFFFFFF
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        z = ((z ^ (z >> np.uint64(shift))) * factor) & 0xFFFFFFFF
    return z ^ (z >> np.uint64(16))


def symmetric(seed, shape, stream, limit):
    """Uniform in (-limit, limit), rounded to f32."""
    u = (hashed(seed, int(np.prod(shape)), stream) >> np.uint64(8)).astype(float) + 0.5
    return ((u / 2.0**23 - 1) * limit).astype(np.float32).astype(float).reshape(shape)


def initial_tensors(network):
    """name -> f64 array, in the order and layout of a checkpoint; the number of a tensor is its stream."""
    shapes = []
    for kind, *layer in network["layers"]:
        if kind == "conv":
            name, filters, channels, k = layer
            shapes += [(f"{name}.weight", (filters, channels, k, k)), (f"{name}.bias", (filters,))]
        elif kind == "dense":
            name, units, inputs, _ = layer
            shapes += [(f"{name}.weight", (units, inputs)), (f"{name}.bias", (units,))]
        elif kind == "norm":
            name, channels = layer
            shapes += [(f"{name}.{part}", (channels,)) for part in ("weight", "bias", "running_mean", "running_var")]
    tensors = {}
    for stream, (name, shape) in enumerate(shapes):
        if name.endswith("running_mean"):
            tensors[name] = np.zeros(shape)
        elif name.endswith("running_var"):
            tensors[name] = np.ones(shape)
        else:
            fans = (shape[0] + shape[1]) * int(np.prod(shape[2:])) if len(shape) > 1 else 0
            limit = np.sqrt(6.0 / fans) if fans else 0.125
            tensors[name] = symmetric(network["seed"], shape, stream, limit) + (name.startswith("bn") and name.endswith("weight"))
    return tensors


def examples(network):
    images = symmetric(network["seed"], (STEPS * BATCH, *network["image"]), 100, 1.0)
    labels = (hashed(network["seed"], STEPS * BATCH, 101) % CLASSES).astype(int)
    return images, labels


def pad(x, before, after, value=0.0):
    return np.pad(x, ((0, 0), (before, after), (before, after), (0, 0)), constant_values=value)


def same_padding(side, size, stride):
    total = max(0, (-(-side // stride) - 1) * stride + size - side)
    return total // 2, total - total // 2


def smallest(gaps, values):
    """The smallest gap, in units of the values' root mean square."""
    return np.abs(gaps).min() / np.sqrt((values**2).mean())


def roundings_to_a_tie(layers):
    """The smallest distance of a gate from a tie in the pass that was just made, in roundings of the sums before it."""
    terms, least = 0, np.inf
    for layer in layers:
        terms = getattr(layer, "terms", terms)
        if hasattr(layer, "gap"):
            least = min(least, layer.gap / (2.0**-24 * np.sqrt(terms)))
    return least


class Conv:
    """Same padding, stride 1, then ReLU. x is n, h, w, c; w is f, c, i, j."""

    def __init__(self, name, filters, channels, k):
        self.weight, self.bias, self.k, self.terms = f"{name}.weight", f"{name}.bias", k, channels * k * k

    def forward(self, x, t):
        self.padding = same_padding(x.shape[1], self.k, 1)
        self.windows = np.lib.stride_tricks.sliding_window_view(pad(x, *self.padding), (self.k, self.k), axis=(1, 2))  # n h w c i j
        self.y = np.maximum(np.tensordot(self.windows, t[self.weight], axes=((3, 4, 5), (1, 2, 3))) + t[self.bias], 0)
        return self.y

    def backward(self, dy, t, g):
        dy = dy * (self.y > 0)
        g[self.weight] = np.tensordot(dy, self.windows, axes=((0, 1, 2), (0, 1, 2)))
        g[self.bias] = dy.sum(axis=(0, 1, 2))
        # The full correlation: dy padded the other way round, with the filter turned by 180 degrees.
        before, after = self.padding
        turned = t[self.weight][:, :, ::-1, ::-1]
        windows = np.lib.stride_tricks.sliding_window_view(pad(dy, after, before), (self.k, self.k), axis=(1, 2))  # n h w f i j
        return np.tensordot(windows, turned, axes=((3, 4, 5), (0, 2, 3)))


class Pool:
    """Same padding, size = stride."""

    def __init__(self, size):
        self.size = size

    def forward(self, x, *_):
        n, h, w, c = x.shape
        s = self.size
        self.padding, self.shape = same_padding(h, s, s), x.shape
        padded = pad(x, *self.padding, -np.inf)
        # n, rows, i, columns, j, c -> windows in one axis, in the order row, column.
        r = padded.shape[1] // s
        windows = padded[:, : r * s, : r * s].reshape(n, r, s, r, s, c).transpose(0, 1, 3, 5, 2, 4).reshape(n, r, r, c, s * s)
        self.best = np.eye(s * s)[windows.argmax(axis=-1)]
        second, first = np.moveaxis(np.partition(windows, -2, axis=-1)[..., -2:], -1, 0)
        # With a ReLU before it, the second is zero at least, and a window of zeros has no gradient.
        self.gap = smallest((first - second)[first > 0], x)
        return first

    def backward(self, dy, *_):
        n, h, w, c = self.shape
        s, r = self.size, dy.shape[1]
        spread = (self.best * dy[..., None]).reshape(n, r, r, c, s, s).transpose(0, 1, 4, 2, 5, 3).reshape(n, r * s, r * s, c)
        before = self.padding[0]
        return spread[:, before : before + h, before : before + w]


class Norm:
    def __init__(self, name, channels):
        self.name = name

    def forward(self, x, t):
        axes = tuple(range(x.ndim - 1))
        self.m = x.size // x.shape[-1]
        mean, var = x.mean(axis=axes), x.var(axis=axes)
        for part, value in (("mean", mean), ("var", var * self.m / (self.m - 1))):
            key = f"{self.name}.running_{part}"
            t[key] = KEEP * t[key] + (1 - KEEP) * value
        self.sd = np.sqrt(var + EPSILON)
        self.z = (x - mean) / self.sd
        return t[f"{self.name}.weight"] * self.z + t[f"{self.name}.bias"]

    def backward(self, dy, t, g):
        axes = tuple(range(dy.ndim - 1))
        g[f"{self.name}.weight"] = (dy * self.z).sum(axis=axes)
        g[f"{self.name}.bias"] = dy.sum(axis=axes)
        dz = dy * t[f"{self.name}.weight"]
        return (dz - dz.mean(axis=axes) - self.z * (dz * self.z).mean(axis=axes)) / self.sd


class Flatten:
    def forward(self, x, *_):
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dy, *_):
        return dy.reshape(self.shape)


class Dense:
    def __init__(self, name, units, inputs, activation):
        self.weight, self.bias, self.relu, self.terms = f"{name}.weight", f"{name}.bias", activation == "relu", inputs

    def forward(self, x, t):
        self.x, y = x, x @ t[self.weight].T + t[self.bias]
        self.mask = y > 0 if self.relu else np.ones_like(y)
        self.gap = smallest(y, y) if self.relu else np.inf
        return y * self.mask

    def backward(self, dy, t, g):
        dy = dy * self.mask
        g[self.weight], g[self.bias] = dy.T @ self.x, dy.sum(axis=0)
        return dy @ t[self.weight]


KINDS = {"conv": Conv, "pool": Pool, "norm": Norm, "flatten": Flatten, "dense": Dense}


def loss_and_gradient(loss, logits, labels):
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    target = np.eye(CLASSES)[labels]
    if loss == "cross-entropy":
        return -np.log((p * target).sum(axis=1)).mean(), (p - target) / len(labels)
    d = 2 * (p - target) / p.size
    return ((p - target) ** 2).mean(), p * (d - (d * p).sum(axis=1, keepdims=True))


def train(network):
    tensors, velocities, losses = initial_tensors(network), {}, []
    images, labels = examples(network)
    layers = [KINDS[kind](*layer) for kind, *layer in network["layers"]]
    for step in range(STEPS):
        batch = slice(step * BATCH, (step + 1) * BATCH)
        x = images[batch]
        for layer in layers:
            x = layer.forward(x, tensors)
        if roundings_to_a_tie(layers) < CLEAR:
            raise SystemExit(f"step {step} comes near a tie with the seed {network['seed']}: choose another")
        loss, gradient = loss_and_gradient(network["loss"], x, labels[batch])
        losses.append(loss + sum(c * (tensors[f"{name}.weight"] ** 2).sum() for name, c in network["l2"].items()))
        gradients = {}
        for layer in reversed(layers):
            gradient = layer.backward(gradient, tensors, gradients)
        for name, g in gradients.items():
            decay = network["weight_decay"] + 2 * network["l2"].get(name.split(".")[0], 0.0) if g.ndim > 1 else 0.0
            velocities[name] = MOMENTUM * velocities.get(name, 0.0) + g + decay * tensors[name]
            tensors[name] = tensors[name] - RATE * velocities[name]
    return losses, tensors


def record(network, losses, tensors):
    """Per tensor: its norm, that of its change, the change along random signs, and eight entries."""
    initial = initial_tensors(network)
    summary = {}
    for stream, (name, value) in enumerate(tensors.items()):
        change = (value - initial[name]).ravel()
        signs = np.where(hashed(network["seed"], change.size, 200 + stream) & 1, 1.0, -1.0)
        entries = [int(k) for k in hashed(network["seed"], 8, 300 + stream) % change.size]
        summary[name] = {
            "norm": float(np.linalg.norm(value)),
            "changeNorm": float(np.linalg.norm(change)),
            "changeAlongSigns": float(change @ signs),
            "entries": {k: float(value.ravel()[k]) for k in entries},
        }
    return {"losses": [float(loss) for loss in losses], "tensors": summary}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, network in NETWORKS.items():
        (FOLDER / f"{name}.json").write_text(json.dumps(record(network, *train(network)), indent=1) + "\n")
