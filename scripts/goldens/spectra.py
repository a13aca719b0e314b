"""Writes test/goldens/spectra/*.json: singular values of matrices that test/spectra/test-matrices.ts makes again, bit by bit.

LAPACK's values (numpy, gesdd, f64) are themselves off by up to 30 eps * lambda_max at n = 2049, so each is refined: the Rayleigh quotient |W v|^2 of
LAPACK's right singular vector v in 80-bit arithmetic, whose error is quadratic in that of v.

Run with any Python that has numpy: python3 scripts/goldens/spectra.py
Entries come from a counter-based hash and exact or correctly rounded arithmetic only (+, *, /, sqrt), so both languages agree to the last bit.
"""

import json
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "test" / "goldens" / "spectra"


def hashed(seed, count, stream=0):
    """`count` 32-bit numbers: the finaliser of MurmurHash3 over a counter."""
    z = np.arange(count, dtype=np.uint64) * 0x9E3779B9 + (seed * 0x85EBCA6B + stream * 0x27D4EB2F)
    z &= 0xFFFFFFFF
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        z = ((z ^ (z >> np.uint64(shift))) * factor) & 0xFFFFFFFF
    return z ^ (z >> np.uint64(16))


def uniform(seed, count, stream=0):
    """In (0, 1), 25 bits."""
    return ((hashed(seed, count, stream) >> np.uint64(8)).astype(float) + 0.5) / 2.0**24


def bell(seed, count, stream=0):
    """Sum of six uniform numbers less 3: nearly Gaussian, variance 1/2, exact."""
    return sum(uniform(seed, count, stream + k) for k in range(6)) - 3


def signs(seed, count, stream=0):
    return np.where(hashed(seed, count, stream) & 1, 1.0, -1.0)


def integers(seed, count, stream=0):
    return (hashed(seed, count, stream) % 17).astype(float) - 8


def matrix(kind, rows, cols, seed):
    size = rows * cols
    i, j = np.divmod(np.arange(size), cols)
    if kind == "gaussian":
        w = bell(seed, size)
    elif kind == "heavy1":  # entries with tail exponent mu = 1
        w = signs(seed, size, 9) / uniform(seed, size)
    elif kind == "heavy2":
        w = signs(seed, size, 9) / np.sqrt(uniform(seed, size))
    elif kind == "graded":  # columns (or rows) from 1 down to 2^-40, about 1e-12
        k, last = (j, cols - 1) if cols <= rows else (i, rows - 1)
        w = bell(seed, size) * 2.0 ** -(40 * k // last)
    elif kind == "clustered":
        w = np.where(i == j, 1.0, 0.0) + bell(seed, size) / 2**20
    elif kind == "lowrank":  # rank = smaller side / 3, integers
        rank = max(1, min(rows, cols) // 3)
        w = (integers(seed, rows * rank).reshape(rows, rank) @ integers(seed, rank * cols, 1).reshape(rank, cols)).ravel()
    elif kind == "spike":
        w = bell(seed, size) + 1024 * signs(seed, rows, 9)[i] * signs(seed, cols, 10)[j]
    elif kind == "integer":
        w = integers(seed, size)
    elif kind == "duplicates":  # every column three times
        w = bell(seed, size)[i * cols + j // 3]
    elif kind == "zeros":  # every second column zero
        w = bell(seed, size) * (j % 2)
    elif kind == "ones":
        w = np.ones(size)
    return w.reshape(rows, cols)


def singular_values(w):
    s, vt = np.linalg.svd(w if w.shape[0] >= w.shape[1] else w.T)[1:]
    tall = (w if w.shape[0] >= w.shape[1] else w.T).astype(np.longdouble)
    v = vt[: len(s)].T.astype(np.longdouble)
    v /= np.sqrt((v * v).sum(axis=0))
    image = tall @ v
    refined = np.sqrt((image * image).sum(axis=0)).astype(float)
    assert np.abs(refined - s).max() <= 50 * 2.0**-52 * s[0], "LAPACK and its refinement disagree"
    return np.sort(refined)[::-1]


CASES = [
    *[("gaussian", r, c) for r, c in [(1, 1), (5, 1), (1, 5), (1000, 1), (2, 2), (3, 2), (2, 9), (17, 16), (31, 31), (33, 32), (64, 64), (65, 63)]],
    *[("gaussian", r, c) for r, c in [(100, 100), (127, 128), (129, 127), (255, 256), (257, 200), (300, 300), (1500, 40), (40, 1500), (5000, 3)]],
    *[("heavy1", r, c) for r, c in [(120, 80), (80, 120)]],
    *[("heavy2", r, c) for r, c in [(200, 150), (90, 250), (161, 161)]],
    *[("graded", r, c) for r, c in [(120, 100), (100, 120), (257, 129)]],
    *[("clustered", r, c) for r, c in [(128, 128), (150, 100)]],
    *[("lowrank", r, c) for r, c in [(150, 100), (60, 200), (7, 7), (256, 256)]],
    *[("spike", r, c) for r, c in [(200, 150), (150, 200)]],
    *[("integer", r, c) for r, c in [(96, 96), (130, 70)]],
    *[("duplicates", r, c) for r, c in [(100, 60)]],
    *[("zeros", r, c) for r, c in [(100, 80)]],
    *[("ones", r, c) for r, c in [(48, 64)]],
    # Large: for the fast engines only.
    *[("gaussian", r, c) for r, c in [(513, 513), (2049, 2049)]],
    *[("heavy2", r, c) for r, c in [(1025, 700)]],
    *[("spike", r, c) for r, c in [(700, 1100)]],
    *[("lowrank", r, c) for r, c in [(1000, 600)]],
    *[("graded", r, c) for r, c in [(900, 800)]],
]

FOLDER.mkdir(parents=True, exist_ok=True)
for seed, (kind, rows, cols) in enumerate(CASES, start=1):
    w = matrix(kind, rows, cols, seed)
    case = {
        "kind": kind,
        "rows": rows,
        "cols": cols,
        "seed": seed,
        "numpy": np.__version__,
        # First and last entry, so that a generator that drifts is seen as such.
        "corners": [w[0, 0], w[-1, -1]],
        "singularValues": singular_values(w).tolist(),
    }
    (FOLDER / f"{kind}-{rows}x{cols}.json").write_text(json.dumps(case) + "\n")
