"""Distances of two matrices as WeightWatcher's distances() computes them, centred kernel alignment, and Spectrum's SNR, by numpy.

python3 generate.py > golden.json   (numpy 2; the entries are exact in f32, so that every reader has the same matrices)
"""
import json
import numpy as np

ROOT = "../weightwatcher/weights/"


def entries(shape, step):
    """Small fractions, exact in f32: ((k * step) mod 101 - 50)/64 in C order."""
    k = np.arange(np.prod(shape), dtype=np.int64)
    return (((k * step) % 101 - 50) / 64).reshape(shape)


def slices(W):
    return [W] if W.ndim == 2 else [W[:, :, i, j] for i in range(W.shape[2]) for j in range(W.shape[3])]


def cka(a, b):
    n = np.linalg.norm
    return n(a.T @ b) / np.sqrt(n(a.T @ a) * n(b.T @ b))


def centred_cka(a, b):
    n = np.linalg.norm
    a, b = a - a.mean(0), b - b.mean(0)
    return n(a.T @ b) ** 2 / (n(a.T @ a) * n(b.T @ b))


def distances(shape, steps):
    a, b = entries(shape, steps[0]), entries(shape, steps[1])
    pairs = list(zip(slices(a), slices(b)))
    return {
        "shape": shape,
        "steps": steps,
        "raw": np.linalg.norm(a - b),
        "euclidean": np.mean([np.linalg.norm(x - y) for x, y in pairs]),
        "cka": np.mean([cka(x, y) for x, y in pairs]),
        "ckaCentred": np.mean([centred_cka(x, y) for x, y in pairs]),
        "relative": np.linalg.norm(a - b) / np.linalg.norm(a),
    }


def spectrum_snr(name):
    W = np.load(ROOT + name + ".npy").astype(float)
    S = np.linalg.svd(W, compute_uv=False)
    n, m = W.shape
    sigma = (np.quantile(S, 0.75) - np.quantile(S, 0.25)) / 1.349
    threshold = sigma * (1 + np.sqrt(min(n, m) / max(n, m)))
    above, below = S[S > threshold], S[S <= threshold]
    signal = above.sum() if len(above) else 0
    noise = below.sum() if len(below) else 1
    return {"name": name, "snr": signal / noise / S[0]}


print(json.dumps({
    "distances": [distances([40, 24], [37, 41]), distances([24, 40], [37, 53]), distances([30, 30], [29, 31]), distances([12, 8, 3, 3], [37, 43])],
    "snr": [spectrum_snr(name) for name in ["gauss_1000x500", "gauss_300x1000", "spikes5_1000x500", "pareto_mu1.5_300x300", "digits_b4_fc1", "orth_128x128"]],
}, indent=1))
