import { STORAGE_DTYPES, TORCH_DTYPES } from "./dtypes.js";

/**
 * The names that a pickle of weights needs: PyTorch's own list for `torch.load(weights_only=True)`
 * [torch/_weights_only_unpickler.py], NumPy's arrays and scalars, and TorchScript's lists. All names are read as data;
 * the report warns about any other name.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  ...["collections.OrderedDict", "collections.Counter", "collections.defaultdict"],
  ...["builtins.set", "builtins.frozenset", "builtins.dict", "builtins.list", "builtins.bytearray", "builtins.complex"],
  ...[
    "__builtin__.set",
    "__builtin__.frozenset",
    "__builtin__.dict",
    "__builtin__.list",
    "__builtin__.bytearray",
    "__builtin__.complex",
  ],
  "_codecs.encode",
  ...["torch.Size", "torch.device", "torch.Tensor", "torch.serialization._get_layout"],
  ...[
    "torch.nn.parameter.Parameter",
    "torch.nn.parameter.Buffer",
    "torch._tensor._rebuild_from_type_v2",
    "torch._tensor._rebuild_from_type",
  ],
  ...[
    "tensor",
    "tensor_v2",
    "tensor_v3",
    "parameter",
    "parameter_with_state",
    "qtensor",
    "sparse_tensor",
    "sparse_csr_tensor",
    "nested_tensor",
    "meta_tensor_no_storage",
    "wrapper_subclass",
    "xla_tensor",
    "device_tensor_from_numpy",
    "device_tensor_from_cpu_tensor",
  ].map((what) => `torch._utils._rebuild_${what}`),
  ...[
    "per_tensor_affine",
    "per_tensor_symmetric",
    "per_channel_affine",
    "per_channel_symmetric",
    "per_channel_affine_float_qparams",
  ].map((scheme) => `torch.${scheme}`),
  ...["strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc"].map(
    (layout) => `torch.${layout}`,
  ),
  ...[...TORCH_DTYPES.keys()].map((name) => `torch.${name}`),
  ...STORAGE_DTYPES.keys(),
  ...["numpy.ndarray", "numpy.dtype"],
  ...["numpy.core.multiarray", "numpy._core.multiarray"].flatMap((module) => [
    `${module}._reconstruct`,
    `${module}.scalar`,
  ]),
  ...["numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer"],
  ...["build_intlist", "build_doublelist", "build_boollist", "build_tensorlist", "restore_type_tag"].map(
    (name) => `torch.jit._pickle.${name}`,
  ),
]);

/**
 * Whether a pickle of weights needs this name. A TorchScript archive's own classes (`__torch__.`) are plain records by
 * design.
 */
export function isAllowedGlobal(path: string, torchScript: boolean): boolean {
  return ALLOWED.has(path) || (torchScript && path.startsWith("__torch__."));
}
