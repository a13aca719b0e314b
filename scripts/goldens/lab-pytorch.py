"""Trains the networks of lab.py by PyTorch's autograd, in f64, and prints how far its losses and weights are from test/goldens/lab/*.json.

PyTorch 2.13.0 on a CPU: losses within 3.3e-16, the changes of the weights within 1.5e-14, relative.

Run with any Python that has numpy and PyTorch: python3 scripts/goldens/lab-pytorch.py
"""

import json

import torch
import torch.nn.functional as F
from lab import BATCH, CLASSES, EPSILON, FOLDER, KEEP, MOMENTUM, NETWORKS, RATE, STEPS, examples, initial_tensors, record, same_padding


def forward(network, t, x):
    """x is n, c, h, w; a flattened vector is in the order row, column, channel, as everywhere in the lab."""
    for kind, *layer in network["layers"]:
        if kind == "conv":
            name = layer[0]
            x = F.relu(F.conv2d(x, t[f"{name}.weight"], t[f"{name}.bias"], padding="same"))
        elif kind == "pool":
            size = layer[0]
            before, after = same_padding(x.shape[2], size, size)
            x = F.max_pool2d(F.pad(x, (before, after, before, after), value=-float("inf")), size)
        elif kind == "norm":
            name = layer[0]
            running = [t[f"{name}.running_{part}"] for part in ("mean", "var")]
            # PyTorch's momentum is the share of the new, Keras' that of the old.
            x = F.batch_norm(x, *running, t[f"{name}.weight"], t[f"{name}.bias"], training=True, momentum=1 - KEEP, eps=EPSILON)
        elif kind == "flatten":
            x = x.permute(0, 2, 3, 1).flatten(1)
        elif kind == "dense":
            name, _, _, activation = layer
            x = F.linear(x, t[f"{name}.weight"], t[f"{name}.bias"])
            x = F.relu(x) if activation == "relu" else x
    return x


def loss_of(network, logits, labels):
    if network["loss"] == "cross-entropy":
        return F.cross_entropy(logits, labels)
    return F.mse_loss(torch.softmax(logits, dim=1), F.one_hot(labels, CLASSES).to(logits.dtype))


def train(network):
    tensors = {name: torch.tensor(value, dtype=torch.float64) for name, value in initial_tensors(network).items()}
    learnt = {name: value.requires_grad_() for name, value in tensors.items() if "running" not in name}
    groups = [
        {"params": [value for value in learnt.values() if value.ndim > 1], "weight_decay": network["weight_decay"]},
        {"params": [value for value in learnt.values() if value.ndim == 1], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.SGD(groups, lr=RATE, momentum=MOMENTUM)
    images, labels = (torch.tensor(part) for part in examples(network))
    losses = []
    for step in range(STEPS):
        batch = slice(step * BATCH, (step + 1) * BATCH)
        loss = loss_of(network, forward(network, tensors, images[batch].permute(0, 3, 1, 2)), labels[batch])
        loss = loss + sum(c * (tensors[f"{name}.weight"] ** 2).sum() for name, c in network["l2"].items())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses, {name: value.detach().numpy() for name, value in tensors.items()}


if __name__ == "__main__":
    for name, network in NETWORKS.items():
        told = record(network, *train(network))
        golden = json.loads((FOLDER / f"{name}.json").read_text())
        losses = max(abs(a / b - 1) for a, b in zip(told["losses"], golden["losses"]))
        weights = max(abs(told["tensors"][k]["changeNorm"] / v["changeNorm"] - 1) for k, v in golden["tensors"].items())
        print(f"{name}: losses differ by {losses:.1e}, the changes of the weights by {weights:.1e} (f64: expect 1e-10 or less)")
