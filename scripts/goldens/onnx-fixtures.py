# Writes the ONNX fixtures that test the dequantisation against onnx's and ONNX Runtime's own: weights are read off by feeding the identity.
import numpy as np, onnx, sys
from onnx import helper as H, numpy_helper as NH, TensorProto as T
import onnxruntime as ort
rng = np.random.default_rng(7)
out = sys.argv[1]  # the folder of the fixtures: test/fixtures/formats
W = rng.standard_normal((40, 48)).astype(np.float32)   # in x out

def run(model, x):
    s = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return s.run(None, {"x": x})[0]

def model(nodes, inits, xs=(None, 40), ys=(None, 48), opset=21, domains=()):
    g = H.make_graph(nodes, "g", [H.make_tensor_value_info("x", T.FLOAT, xs)], [H.make_tensor_value_info("y", T.FLOAT, ys)], inits)
    m = H.make_model(g, opset_imports=[H.make_opsetid("", opset)] + [H.make_opsetid(d, 1) for d in domains])
    m.ir_version = 10
    return m

# 1. QDQ: per tensor uint8, per channel int8 (axis 1), blocks of 8 along axis 0 int4, chained
def q(w, lo, hi, scale, zero): return np.clip(np.round(w / scale) + zero, lo, hi)
s1 = np.float32(np.abs(W).max() / 120); z1 = np.uint8(128)
q1 = q(W, 0, 255, s1, 128).astype(np.uint8)
s2 = (np.abs(W).max(0) / 127).astype(np.float32)
q2 = q(W, -128, 127, s2, 0).astype(np.int8)
s3 = (np.abs(W.reshape(5, 8, 48)).max(1) / 7).astype(np.float32)
q3 = q(W, -8, 7, np.repeat(s3, 8, 0), 0).astype(np.int8)
z3 = rng.integers(-3, 4, (5, 48)).astype(np.int8)
import ml_dtypes
nodes = [
  H.make_node("DequantizeLinear", ["q1", "s1", "z1"], ["w1"]), H.make_node("MatMul", ["x", "w1"], ["y1"]),
  H.make_node("DequantizeLinear", ["q2", "s2"], ["w2"], axis=1), H.make_node("MatMul", ["x", "w2"], ["y2"]),
  H.make_node("DequantizeLinear", ["q3", "s3", "z3"], ["w3"], axis=0, block_size=8), H.make_node("MatMul", ["x", "w3"], ["y3"]),
  H.make_node("Concat", ["y1", "y2", "y3"], ["y"], axis=1),
]
inits = [NH.from_array(q1, "q1"), NH.from_array(s1, "s1"), NH.from_array(z1, "z1"), NH.from_array(q2, "q2"), NH.from_array(s2, "s2"),
  NH.from_array(q3.astype(ml_dtypes.int4), "q3"), NH.from_array(s3, "s3"), NH.from_array(z3.astype(ml_dtypes.int4), "z3")]
m = model(nodes, inits, ys=(None, 144))
onnx.checker.check_model(m)
y = run(m, np.eye(40, dtype=np.float32))
onnx.save(m, f"{out}/qdq.onnx")

from onnx.reference import ReferenceEvaluator
y2 = ReferenceEvaluator(m).run(None, {"x": np.eye(40, dtype=np.float32)})[0]
print("ort vs reference", np.abs(y - y2).max())
for k in range(3): np.save(f"{out}/qdq_{k+1}.npy", y2[:, 48*k:48*(k+1)].copy())  # ORT fuses the products, which costs it an ulp

# 2. ONNX Runtime's own dynamic quantisation, per channel
from onnxruntime.quantization import quantize_dynamic, QuantType
base = model([H.make_node("MatMul", ["x", "fc.weight"], ["y"], name="/fc/MatMul")], [NH.from_array(W, "fc.weight")], opset=17)
onnx.save(base, "/tmp/base.onnx")
quantize_dynamic("/tmp/base.onnx", f"{out}/dynamic.onnx", per_channel=True, weight_type=QuantType.QInt8)
d = onnx.load(f"{out}/dynamic.onnx")
print([ (n.op_type, list(n.input), list(n.output)) for n in d.graph.node], [(i.name, list(i.dims), i.data_type) for i in d.graph.initializer])
i = {t.name: NH.to_array(t) for t in d.graph.initializer}
wq = [k for k in i if k.endswith("_quantized")][0]; b = wq[:-10]
np.save(f"{out}/dynamic_w.npy", ((i[wq].astype(np.int32) - i[b + "_zero_point"].astype(np.int32)) * i[b + "_scale"]).astype(np.float32))

# 3. MatMulNBits, 4 bits with zero points, K = 40 not a multiple of the block of 16 (3 blocks a row)
K, N, B = 40, 48, 16
nb = -(-K // B)
qn = rng.integers(0, 16, (N, nb, B)).astype(np.uint8)
zp = rng.integers(0, 16, (N, nb)).astype(np.uint8)
sc = rng.uniform(0.01, 0.1, (N, nb)).astype(np.float32)
packed = (qn[..., 0::2] | (qn[..., 1::2] << 4)).astype(np.uint8)
zpad = np.zeros((N, nb + nb % 2), np.uint8); zpad[:, :nb] = zp
zpack = (zpad[:, 0::2] | (zpad[:, 1::2] << 4)).astype(np.uint8)
m = model([H.make_node("MatMulNBits", ["x", "onnx::MatMul_7_Q4", "scales", "zeros"], ["y"], name="/model/layers.0/mlp/up_proj/MatMulNBits", domain="com.microsoft", K=K, N=N, bits=4, block_size=B)],
  [NH.from_array(packed, "onnx::MatMul_7_Q4"), NH.from_array(sc.reshape(-1), "scales"), NH.from_array(zpack.reshape(-1), "zeros")], domains=("com.microsoft",))
onnx.save(m, f"{out}/nbits.onnx")
y = run(m, np.eye(K, dtype=np.float32))
mine = ((qn.astype(np.float32) - zp[..., None]) * sc[..., None]).reshape(N, nb * B)[:, :K]
print("nbits ort vs formula", np.abs(y - mine.T).max())
np.save(f"{out}/nbits_w.npy", mine.astype(np.float32))

# 4. Every typed field
def typed(name, t, vals, dims): return H.make_tensor(name, t, dims, vals)
vals = [0.5, -1.5, 2.0, 3.25, -0.125, 100.0]
ts = [typed("f32", T.FLOAT, vals, (2, 3)), typed("f64", T.DOUBLE, vals, (2, 3)), typed("f16", T.FLOAT16, vals, (2, 3)), typed("bf16", T.BFLOAT16, vals, (2, 3)),
  typed("f8", T.FLOAT8E4M3FN, vals, (2, 3)), typed("i8", T.INT8, [-128, -1, 0, 1, 127, 5], (2, 3)), typed("u8", T.UINT8, [0, 1, 255, 128, 3, 4], (2, 3)), typed("i4", T.INT4, [-8, 7, 0, 1, -1], (5,)),
  typed("i16", T.INT16, [-32768, 32767], (2,)), typed("u16", T.UINT16, [65535, 1], (2,)), typed("i32", T.INT32, [-2**31, 2**31 - 1, 7], (3,)), typed("i64", T.INT64, [-2**53, 2**53, -1], (3,)),
  typed("u32", T.UINT32, [2**32 - 1, 0], (2,)), typed("u64", T.UINT64, [2**53, 2**63], (2,)), typed("bool", T.BOOL, [1, 0, 1], (3,)), typed("text", T.STRING, ["a", "b"], (2,))]
m = model([H.make_node("MatMul", ["x", "f32"], ["y"])], ts, xs=(None, 2), ys=(None, 3))
onnx.save(m, f"{out}/typed.onnx")
