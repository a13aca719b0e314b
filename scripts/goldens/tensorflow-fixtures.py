# Writes the TensorFlow fixtures of test/formats/tensorflow.test.ts, with tensorflow 2.21, keras 3.15 and cramjam 2.13 (Snappy).
import os
import shutil
import struct
import sys
import tempfile

import cramjam
import numpy as np
import tensorflow as tf

out = sys.argv[1]  # test/fixtures/formats
work = tempfile.mkdtemp()
keras = tf.keras
v1 = tf.compat.v1
keras.utils.set_random_seed(5)


def keep(prefix, folder):
    """The files of a checkpoint, as a folder of fixtures."""
    os.makedirs(f"{out}/{folder}", exist_ok=True)
    for name in os.listdir(os.path.dirname(prefix)):
        shutil.copy(f"{os.path.dirname(prefix)}/{name}", f"{out}/{folder}/{name}")


# A Keras model with its optimizer, under two names: the shorter path leads through the optimizer. Then exported, each variable twice.
model = keras.Sequential(
    [
        keras.Input((6,)),
        keras.layers.Embedding(11, 4, name="table"),
        keras.layers.LSTM(3, return_sequences=True, name="cell"),
        keras.layers.Reshape((6, 3, 1)),
        keras.layers.Conv2D(5, (3, 2), name="conv"),
        keras.layers.BatchNormalization(name="norm"),
        keras.layers.Flatten(),
        keras.layers.Dense(7, name="head"),
    ],
    name="net",
)
model.compile(optimizer=keras.optimizers.Adam(), loss="mse")
model.fit(np.random.randint(0, 11, (8, 6)), np.random.randn(8, 7), verbose=0, epochs=1)
tf.train.Checkpoint(model=model, optimizer=model.optimizer, opt=model.optimizer).save(f"{work}/keras3/ck")
keep(f"{work}/keras3/ck", "tf_keras3")
np.save(f"{out}/tf_keras3_head.npy", model.get_layer("head").kernel.numpy())
model.export(f"{work}/exported", verbose=False)
keep(f"{work}/exported/variables/variables", "tf_exported/variables")
with open(f"{work}/exported/saved_model.pb", "rb") as source, open(f"{out}/tf_exported/saved_model.pb", "wb") as target:
    target.write(source.read(4096))  # only the head is ever read


# TensorFlow's own optimizer, whose slots hang on their variables; two variables of one name.
class Net(tf.Module):
    def __init__(self):
        self.w = tf.Variable(np.arange(12, dtype=np.float32).reshape(3, 4), name="w")
        self.b = tf.Variable(np.zeros(4, np.float32), name="b")
        self.odd = {"a/b": tf.Variable([1.0, 2.0], name="w")}


net = Net()
adam = v1.train.AdamOptimizer()
with tf.GradientTape() as tape:
    loss = tf.reduce_sum(tf.matmul(tf.ones((2, 3)), net.w) + net.b)
adam.apply_gradients(zip(tape.gradient(loss, [net.w, net.b]), [net.w, net.b]))
tf.train.Checkpoint(net=net, optimizer=adam, step=tf.Variable(3, dtype=tf.int64)).save(f"{work}/slots/ck")
keep(f"{work}/slots/ck", "tf_slots")

# Before TensorFlow 2: a partitioned variable, every type, momentum and a moving average.
TYPES = ["float16", "bfloat16", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool"]
with tf.Graph().as_default():
    with v1.variable_scope("parted", partitioner=v1.fixed_size_partitioner(3)):
        v1.get_variable("weights", shape=(7, 4), initializer=v1.random_normal_initializer())
    kernel = v1.get_variable("dense/kernel", initializer=np.arange(6, dtype=np.float32).reshape(2, 3))
    for dtype in TYPES:
        v1.get_variable(f"t/{dtype}", initializer=tf.cast(tf.constant([0, 1, 2, 3]), dtype), use_resource=True)
    step = v1.train.get_or_create_global_step()
    train = v1.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduce_sum(kernel * kernel), global_step=step, var_list=[kernel])
    average = v1.train.ExponentialMovingAverage(0.9).apply([kernel])
    saver = v1.train.Saver()
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        session.run(train)
        session.run(average)
        saver.save(session, f"{work}/v1/model.ckpt", global_step=step, write_meta_graph=False)
keep(f"{work}/v1/model.ckpt", "tf_v1")

# Two data shards, and strings.
os.makedirs(f"{work}/sharded")
parts = [f"{work}/part0", f"{work}/part1"]
a = np.arange(12, dtype=np.float32).reshape(3, 4)
b = np.arange(10, dtype=np.float32).reshape(2, 5) + 0.5
words = tf.constant(["one", "three", ""])
tf.raw_ops.SaveV2(prefix=parts[0], tensor_names=["a/kernel", "x/text"], shape_and_slices=["", ""], tensors=[tf.constant(a), words])
tf.raw_ops.SaveV2(prefix=parts[1], tensor_names=["b/kernel"], shape_and_slices=[""], tensors=[tf.constant(b)])
tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=f"{work}/sharded/ck")
keep(f"{work}/sharded/ck", "tf_sharded")

# The index of tf_keras3 with its blocks compressed by Snappy, as TensorFlow once wrote them and still reads them.
CRC = []
for byte in range(256):
    for _ in range(8):
        byte = (byte >> 1) ^ 0x82F63B78 if byte & 1 else byte >> 1
    CRC.append(byte)


def masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC[(crc ^ byte) & 255] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17 & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF


def varint(value):
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def numbers(data, at, count):
    found = []
    for _ in range(count):
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        found.append(value)
    return found, at


def compressed(index):
    stored = b""

    def put(block):
        nonlocal stored
        body = bytes(cramjam.snappy.compress_raw(block)) + b"\x01"
        place = varint(len(stored)) + varint(len(body) - 1)
        stored += body + struct.pack("<I", masked_crc(body))
        return place

    (meta_at, meta_size, top_at, top_size), _ = numbers(index[-48:], 0, 4)
    top = index[top_at : top_at + top_size]
    end = top_size - 4 - 4 * struct.unpack("<I", top[-4:])[0]
    entries, at, key = [], 0, b""
    while at < end:
        (shared, own, size), at = numbers(top, at, 3)
        key = key[:shared] + top[at : at + own]
        (block_at, block_size), _ = numbers(top, at + own, 2)
        entries.append((key, put(index[block_at : block_at + block_size])))
        at += own + size
    body = b"".join(varint(0) + varint(len(key)) + varint(len(place)) + key + place for key, place in entries)
    meta = put(index[meta_at : meta_at + meta_size])
    footer = meta + put(body + struct.pack("<II", 0, 1))
    return stored + footer + bytes(40 - len(footer)) + index[-8:]


with open(f"{work}/keras3/ck-1.index", "rb") as source, open(f"{out}/tf_snappy.index", "wb") as target:
    target.write(compressed(source.read()))
