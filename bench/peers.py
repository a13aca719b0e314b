"""What the benches compare with. Each line "what argument ..." is answered with "wall processor", seconds, or "none".

First it prints one line of what it is: numpy with its OpenBLAS and kernels, or PyTorch.
"""
import ctypes
import sys
import time


def numpy_name():
    import numpy as np

    np.linalg.svd(np.eye(2))  # loads the library
    for path in {line.split()[-1] for line in open("/proc/self/maps") if "blas" in line}:
        library = ctypes.CDLL(path)
        for prefix, suffix in (("scipy_openblas", "64_"), ("openblas", ""), ("openblas", "64_")):
            try:
                function = getattr(library, f"{prefix}_get_config{suffix}")
            except AttributeError:
                continue
            function.restype = ctypes.c_char_p
            words = function().decode().split()
            core = next(word for word in reversed(words) if "=" not in word)
            return f"numpy {np.__version__}, OpenBLAS {words[1]} with its {core} kernels"
    return f"numpy {np.__version__}"


def torch_name():
    import torch

    words = torch.__config__.show().split()
    onednn = next((words[k + 1] for k, word in enumerate(words) if word == "MKL-DNN"), "none")
    return f"PyTorch {torch.__version__} with oneDNN {onednn}"


def timed(work):
    start, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - processor


KEPT = {}


def matrices(*shape):
    """Normal f32 weights as f64. Only the last shape is kept."""
    import numpy as np

    if shape not in KEPT:
        KEPT.clear()
        KEPT[shape] = np.random.default_rng(1).standard_normal(shape, np.float32).astype(np.float64)
    return KEPT[shape]


def svd(*shape):
    """Singular values of one matrix, or of a stack of equal ones."""
    import numpy as np

    w = matrices(*map(int, shape))
    return timed(lambda: np.linalg.svd(w, compute_uv=False))


def svds(*shapes):
    """Singular values of many matrices, each "ROWSxCOLS", one after the other."""
    import numpy as np

    sides = [tuple(map(int, shape.split("x"))) for shape in shapes]
    if "many" not in KEPT:
        KEPT.clear()
        random = np.random.default_rng(1)
        KEPT["many"] = {side: random.standard_normal(side) for side in set(sides)}
    return timed(lambda: [np.linalg.svd(KEPT["many"][side], compute_uv=False) for side in sides])


def gram(rows, cols):
    """The Gram matrix and its eigenvalues."""
    import numpy as np

    w = matrices(int(rows), int(cols))
    return timed(lambda: np.linalg.eigvalsh(w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T))


def eigh(rows, cols):
    """Eigenvalues and eigenvectors of the Gram matrix, which is there already."""
    import numpy as np

    w = matrices(int(rows), int(cols))
    g = w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T
    return timed(lambda: np.linalg.eigh(g))


def torch_network(name):
    from torch import nn

    def conv(i, o):
        return nn.Sequential(nn.Conv2d(i, o, 5, padding="same"), nn.ReLU())

    if name == "quickMlp":
        layers = (nn.Linear(3072, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
        return nn.Sequential(nn.Flatten(), *layers), (3, 32, 32)
    if name == "leNet5":
        layers = (nn.Flatten(), nn.Linear(2450, 500), nn.ReLU(), nn.Linear(500, 10))
        return nn.Sequential(conv(1, 20), nn.MaxPool2d(2), conv(20, 50), nn.MaxPool2d(2), *layers), (1, 28, 28)
    layers = (nn.Flatten(), nn.Linear(4096, 384), nn.ReLU(), nn.Linear(384, 192), nn.ReLU(), nn.Linear(192, 10))
    first = (conv(3, 96), nn.MaxPool2d(3, 3, 1), nn.BatchNorm2d(96))
    second = (conv(96, 256), nn.MaxPool2d(3, 3, 1), nn.BatchNorm2d(256))
    return nn.Sequential(*first, *second, *layers), (3, 28, 28)


def train(name, batch, steps):
    """So many steps of momentum SGD on 512 random images."""
    import torch
    from torch import nn

    batch, steps = int(batch), int(steps)
    if name not in KEPT:
        KEPT.clear()
        model, shape = torch_network(name)
        KEPT[name] = model, shape, torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    model, shape, optimiser = KEPT[name]
    x, t = torch.randn(512, *shape), torch.randint(0, 10, (512,))

    def run():
        for step in range(steps):
            at = step * batch % 512
            optimiser.zero_grad()
            nn.functional.cross_entropy(model(x[at : at + batch]), t[at : at + batch]).backward()
            optimiser.step()

    return timed(run)


if __name__ == "__main__":
    module, threads = sys.argv[1], int(sys.argv[2])
    if module == "torch":
        import torch

        torch.set_num_threads(threads)
        name = torch_name()
    else:
        name = numpy_name()
    print(f"{name}, {threads} thread{'s' if threads > 1 else ''}", flush=True)
    for line in sys.stdin:
        what, *words = line.split()
        print(*globals()[what](*words), flush=True)
