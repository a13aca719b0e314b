# Writes the HDF5 fixtures of test/formats/hdf5.test.ts: every element of every readable dataset is its own place in C order (0, 1, 2, ...).
import sys
import h5py
import numpy as np

out = sys.argv[1]  # test/fixtures/formats


def counting(*shape, dtype="<f4"):
    return np.arange(int(np.prod(shape))).reshape(shape).astype(dtype)


for libver in ["earliest", "v110", "latest"]:
    with h5py.File(f"{out}/features_{libver}.h5", "w", libver=(libver, libver) if libver == "v110" else libver, userblock_size=512 if libver == "latest" else 0) as f:
        f["plain"] = counting(5, 7)
        f["scalar"] = np.float32(0)
        f["big"] = counting(3, 4, dtype=">f8")
        f["half"] = counting(3, 4, dtype="<f2")
        f["int"] = counting(3, 4, dtype="<i2")
        f["bool"] = np.array([True, False])
        f["text"] = "words"
        f["empty"] = np.zeros((0, 4), "<f4")
        f.create_dataset("chunks/all", data=counting(13, 11), chunks=(4, 3), compression="gzip", shuffle=True, fletcher32=True)
        f.create_dataset("chunks/lzf", data=counting(40, 50), chunks=(16, 16), compression="lzf", shuffle=True)
        f.create_dataset("chunks/plain", data=counting(13, 11), chunks=(4, 3))
        f.create_dataset("chunks/one", data=counting(6, 7), chunks=(6, 7), compression="gzip")
        f.create_dataset("chunks/vector", data=counting(100), chunks=(7,))
        f.create_dataset("chunks/cube", data=counting(5, 6, 7), chunks=(2, 3, 4), compression="gzip")
        f.create_dataset("chunks/many", data=counting(60, 60), chunks=(1, 2))
        f.create_dataset("chunks/both_unlimited", data=counting(9, 8), chunks=(2, 3), maxshape=(None, None), compression="gzip")
        f.create_dataset("chunks/both_unlimited_plain", data=counting(90, 80), chunks=(2, 3), maxshape=(None, None))
        f.create_dataset("chunks/missing", (6, 6), "<f4", chunks=(2, 6), fillvalue=7)[2:4] = counting(2, 6)
        if libver == "earliest":
            f.create_dataset("chunks/one_unlimited", data=counting(9, 8), chunks=(2, 3), maxshape=(None, 8))
        f["committed"] = np.dtype("<f4")
        f.create_dataset("of_committed", data=counting(2, 3), dtype=f["committed"])
        f["alias"] = h5py.SoftLink("/chunks/all")
        f["chunks/relative"] = h5py.SoftLink("all")
        f["nowhere"] = h5py.SoftLink("/gone")
        f["twin"] = f["plain"]
        wide = f.create_group("wide", track_order=libver != "earliest")
        for k in range(300):
            wide[f"w{k}"] = counting(1, 2)
        deep = f.create_group("a/b/c/d")
        deep["x"] = counting(2, 2)
        named = f.create_group("named")
        for k in range(40):
            named.attrs[f"attribute{k}"] = k
        named.attrs["name"] = "a name"
        dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        dcpl.set_layout(h5py.h5d.COMPACT)
        compact = h5py.h5d.create(f.id, b"compact", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((3, 3)), dcpl)
        compact.write(h5py.h5s.ALL, h5py.h5s.ALL, counting(3, 3))
        dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        dcpl.set_chunk((4, 3))
        dcpl.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        early = h5py.h5d.create(f.id, b"chunks/early", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((13, 11)), dcpl)
        early.write(h5py.h5s.ALL, h5py.h5s.ALL, counting(13, 11))

with h5py.File(f"{out}/h_extensible.h5", "w", libver="latest") as f:
    f.create_dataset("w", data=counting(9, 8), chunks=(2, 3), maxshape=(None, 8))
with h5py.File(f"{out}/h_softloop.h5", "w") as f:
    f["a"] = h5py.SoftLink("/b")
    f["b"] = h5py.SoftLink("/a")
with h5py.File(f"{out}/h_filter.h5", "w") as f:
    f.create_dataset("w", data=counting(8, 8), chunks=(4, 4), scaleoffset=2)
# Small ones of both ages, to be damaged at random.
for libver in ["earliest", "v110"]:
    with h5py.File(f"{out}/small_{libver}.h5", "w", libver=(libver, "v110")) as f:
        f["w"] = counting(3, 4)
        f.create_dataset("z", data=counting(6, 5), chunks=(2, 3), compression="gzip", shuffle=True, fletcher32=True)
        f.create_dataset("l", data=counting(8, 8), chunks=(8, 4), compression="lzf")
        g = f.create_group("layers/dense/vars")
        g.attrs["name"] = "fc"
        g["0"] = counting(4, 4)
        f.attrs["keras_version"] = "3"
        if libver == "v110":
            many = f.create_group("many", track_order=True)
            for k in range(10):
                many[f"w{k}"] = np.float32(k)
