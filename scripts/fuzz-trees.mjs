// Random trees for fuzz-structure.mjs: HDF5's groups, TFLite's tables and TensorFlow's checkpoints, whose parts stand
// in more than one place and, where the format allows it, in themselves. Each takes the random numbers of its seed and
// gives a folder's files.

const { crc32c } = await import(new URL("../dist/bytes/checksum.js", import.meta.url));
const { masked } = await import(new URL("../dist/bytes/masked-checksum.js", import.meta.url));

const text = (value) => Buffer.from(value, "latin1");
const padded = (bytes, unit) => Buffer.concat([bytes, Buffer.alloc((unit - (bytes.length % unit)) % unit)]);
function little(...pairs) {
  return Buffer.concat(
    pairs.map(([value, size]) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
      return bytes.subarray(0, size);
    }),
  );
}

// HDF5: objects by address, in headers of the first version.

const NOWHERE = [-1n, 8];
const message = (type, body, flags = 0) => {
  const whole = padded(body, 8);
  return Buffer.concat([little([type, 2], [whole.length, 2], [flags, 1], [0, 3]), whole]);
};
const header = (messages) => {
  const body = Buffer.concat(messages);
  return Buffer.concat([little([1, 1], [0, 1], [messages.length, 2], [1, 4], [body.length, 4], [0, 4]), body]);
};
const link = (name, to) => {
  const soft = typeof to === "string";
  const target = soft ? Buffer.concat([little([to.length, 2]), text(to)]) : little([to, 8]);
  return message(
    6,
    Buffer.concat([little([1, 1], [8 | 1, 1], [soft ? 1 : 0, 1], [name.length, 2]), text(name), target]),
  );
};
const sides = (...shape) => message(1, little([1, 1], [shape.length, 1], [0, 6], ...shape.map((side) => [side, 8])));
const FLOAT32 = message(
  3,
  little([0x11, 1], [0x20, 1], [31, 1], [0, 1], [4, 4], [0, 2], [32, 2], [23, 1], [8, 1], [0, 1], [23, 1], [127, 4]),
);
const listAttribute = (name, values) => {
  const size = Math.max(1, ...values.map((value) => value.length));
  const type = little([0x13, 1], [1, 1], [0, 2], [size, 4]);
  const space = little([1, 1], [1, 1], [0, 6], [values.length, 8]);
  const data = Buffer.concat(values.map((value) => Buffer.concat([text(value), Buffer.alloc(size - value.length)])));
  const head = little([1, 1], [0, 1], [name.length + 1, 2], [type.length, 2], [space.length, 2]);
  return message(12, Buffer.concat([head, padded(text(`${name}\0`), 8), padded(type, 8), padded(space, 8), data]));
};

/**
 * Groups that hold one another, themselves and the same weights under many names; paths; headers that go on anywhere.
 */
export function hdf5(r) {
  const count = 1 + r.below(r.pick([3, 30, 300]));
  const weights = 1 + r.below(r.pick([2, 20]));
  const room = r.pick([2_000, 20_000, 80_000]);
  const total = count + weights;
  const mix = r.pick([
    [1, 0],
    [0.6, 0.4],
    [0.2, 0.8],
    [0.9, 0.09],
  ]);
  const keras = r.chance(0.5);
  const name = (k) =>
    r.chance(0.02)
      ? "n".repeat(r.below(3000))
      : r.chance(0.3)
        ? `layer${k}`
        : `${r.pick(["kernel:0", "vars", "0", "a"])}${k}`;
  const hub = r.below(count);
  // A group that contains itself is refused. Where every link leads to a later object, none does, and there are as many
  // ways to the last as anyone wants.
  const ordered = r.chance(0.6);
  const target = (from) =>
    (ordered ? from + 1 + r.below(r.pick([2, total - from - 1])) : r.chance(0.4) ? hub : r.below(total)) % total;
  // What each object says, with numbers for objects; the addresses follow from the lengths.
  const objects = Array.from({ length: count }, () => []);
  for (let size = 0, k = 0; size < room; k++) {
    const group = !ordered && r.chance(0.5) ? hub : r.below(count);
    const kind = r.unit();
    const path = () =>
      Array.from({ length: 1 + r.below(r.pick([2, 20, 200])) }, () => r.pick(["a", "layer1", "..", ".", "vars0"])).join(
        "/",
      );
    const piece =
      kind < mix[0]
        ? { link: name(k), to: Math.max(ordered ? group + 1 : 0, target(group)) }
        : kind < mix[0] + mix[1]
          ? { link: name(k), to: r.pick(["/", ""]) + path() }
          : { more: target(group), length: r.below(r.pick([64, 4096, 80_000])) };
    objects[group].push(piece);
    size += 40 + (piece.link?.length ?? 0) + (typeof piece.to === "string" ? piece.to.length : 0);
  }
  const written = (addresses) => [
    ...objects.map((pieces) =>
      header([
        message(2, little([0, 1], [0, 1], NOWHERE, NOWHERE)),
        ...(keras
          ? [listAttribute("layer_names", ["layer1", "a", "vars0"]), listAttribute("weight_names", ["layer1/kernel:0"])]
          : []),
        ...pieces.map((piece) =>
          piece.link === undefined
            ? message(16, little([addresses[piece.more] + 16, 8], [piece.length, 8]))
            : link(piece.link, typeof piece.to === "string" ? piece.to : addresses[piece.to]),
        ),
      ]),
    ),
    ...Array.from({ length: weights }, () =>
      header([sides(4, 4), FLOAT32, message(8, little([3, 1], [1, 1], [addresses[total], 8], [64, 8]))]),
    ),
  ];
  const addresses = [48];
  for (const { length } of written(Array(total + 1).fill(0))) addresses.push(addresses[addresses.length - 1] + length);
  const body = Buffer.concat(written(addresses));
  const end = 48 + body.length + 64;
  const superblock = Buffer.concat([
    text("\x89HDF\r\n\x1a\n"),
    little([2, 1], [8, 1], [8, 1], [0, 1], [0, 8], NOWHERE, [end, 8], [48, 8], [0, 4]),
  ]);
  return { "x.h5": Buffer.concat([superblock, body, Buffer.alloc(64)]) };
}

// TFLite: tables, lists of tables and texts, each of which many places may name. Offsets lead forward only, so there
// are no circles.

/** Lays parts out front to back; `at` of a part's field is patched once what it names has a place. */
function flatBuffer() {
  const parts = [text("\0\0\0\0TFL3")];
  let length = 8;
  const patches = [];
  const put = (bytes) => {
    const gap = (8 - (length % 8)) % 8;
    parts.push(Buffer.alloc(gap), bytes);
    length += gap + bytes.length;
    return length - bytes.length;
  };
  return {
    put,
    get length() {
      return length;
    },
    name: (at, to) => patches.push([at, to]),
    /** Fields by number: a whole number of four bytes or, where undefined, what is to be named. */
    table(fields) {
      const numbers = Object.keys(fields).map(Number);
      const most = Math.max(...numbers);
      const places = Array.from({ length: most + 1 }, (_, k) => (k in fields ? 4 + 4 * numbers.indexOf(k) : 0));
      const index = put(
        little([4 + 2 * places.length, 2], [4 + 4 * numbers.length, 2], ...places.map((place) => [place, 2])),
      );
      const at = put(little([0, 4], ...numbers.map((number) => [fields[number] ?? 0, 4])));
      parts[parts.length - 1].writeInt32LE(at - index, 0);
      return { at, field: (number) => at + places[number] };
    },
    list: (count) => put(Buffer.concat([little([count, 4]), Buffer.alloc(4 * count)])),
    done(root) {
      const bytes = Buffer.concat(parts);
      for (const [at, to] of [[0, root], ...patches]) bytes.writeUInt32LE(to - at, at);
      return bytes;
    },
  };
}

export function tflite(r) {
  const file = flatBuffer();
  const room = r.pick([2_000, 20_000, 70_000]);
  const many = () => 1 + r.below(r.pick([2, 40, 1000, room / 16]));
  const root = file.table({ 0: 3, 1: undefined, 2: undefined, 4: undefined });
  /** A list each of whose entries names one of a few parts, which follow it. */
  const shared = (field, count, kinds, make) => {
    const list = file.list(count);
    file.name(field, list);
    const made = Array.from({ length: Math.min(kinds, count) }, (_, k) => make(k));
    for (let k = 0; k < count; k++) file.name(list + 4 + 4 * k, made[k < made.length ? k : r.below(made.length)]);
  };
  const words = (field, value) =>
    file.name(field, file.put(Buffer.concat([little([value.length, 4]), text(`${value}\0`)])));
  const ints = (field, values) =>
    file.name(field, file.put(little([values.length, 4], ...values.map((value) => [value, 4]))));
  const tensors = Math.min(many(), 2000);
  shared(
    root.field(1),
    many(),
    3,
    () => file.table({ 0: r.pick([0, 3, 9, 25, 6, 53]), 3: r.pick([0, 3, 9, 25, 6, 53, 114]) }).at,
  );
  shared(root.field(4), 1 + tensors, 1 + r.below(30), (k) => {
    const buffer = file.table(k === 0 ? { 3: 0 } : { 0: undefined });
    if (k > 0) file.name(buffer.field(0), file.put(Buffer.concat([little([64, 4]), Buffer.alloc(64)])));
    return buffer.at;
  });
  shared(root.field(2), r.chance(0.3) ? 5 : 1, r.pick([5, 5, 1]), () => {
    const graph = file.table({ 0: undefined, 3: undefined });
    const kinds = r.pick([1, 10, 400]);
    shared(graph.field(0), tensors, Math.min(kinds, Math.max(1, (room - file.length) / 120)), (k) => {
      const tensor = file.table({ 0: undefined, 1: r.chance(0.01) ? 9 : 0, 2: 1 + r.below(tensors), 3: undefined });
      ints(tensor.field(0), r.pick([[4, 4], [2, 2, 2, 2], [16]]));
      words(tensor.field(3), `t${k}${r.chance(0.02) ? "n".repeat(r.below(3000)) : ""}`);
      return tensor.at;
    });
    shared(graph.field(3), many(), r.pick([1, 10, 100]), () => {
      const operator = file.table({ 0: r.chance(0.01) ? 3 : 0, 1: undefined, 2: undefined });
      const operands = () =>
        Array.from(
          { length: 1 + r.below(file.length < room && r.chance(0.1) ? 4000 : 3) },
          () => r.below(tensors + 1) - 1,
        );
      ints(operator.field(1), operands());
      ints(operator.field(2), operands());
      return operator.at;
    });
    return graph.at;
  });
  return { "x.tflite": file.done(root.at) };
}

// TensorFlow: a table of keys and a tree of objects whose children, variables and slots name any object by number.

const varint = (value) => {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
};
const field = (number, body) => Buffer.concat([varint(number * 8 + 2), varint(body.length), body]);
const whole = (number, value) => Buffer.concat([varint(number * 8), varint(value)]);
const fixed = (number, value) => Buffer.concat([varint(number * 8 + 5), little([value, 4])]);

const block = (entries) =>
  Buffer.concat([
    ...entries.flatMap(([key, value]) => [varint(0), varint(key.length), varint(value.length), text(key), value]),
    little([0, 4], [1, 4]),
  ]);
function table(blocks) {
  const parts = [];
  let at = 0;
  const put = (contents) => {
    const body = Buffer.concat([contents, Buffer.alloc(1)]);
    parts.push(body, little([masked(crc32c(body)), 4]));
    at += body.length + 4;
    return Buffer.concat([varint(at - body.length - 4), varint(contents.length)]);
  };
  const places = blocks.map((contents, k) => [String(k).padStart(5, "0"), put(contents)]);
  const handles = Buffer.concat([put(block([])), put(block(places))]);
  return Buffer.concat([...parts, handles, Buffer.alloc(40 - handles.length), little([0xdb4775248b80fb57n, 8])]);
}

function objectTree(r, keys, room) {
  const nodes = 1 + r.below(r.pick([5, 300, 4000]));
  const hub = r.below(nodes);
  const any = () => (r.chance(0.4) ? hub : r.below(r.chance(0.01) ? 2 ** 31 : nodes));
  const parts = [];
  for (let size = 0, k = 0; k < nodes && size < room; k++) {
    const fields = [];
    const times = 1 + r.below(r.pick([3, 3, 30, 2000]));
    for (let n = 0, length = 0; n < times && length < room / 3; n++) {
      fields.push(
        r.pick([
          () => field(1, Buffer.concat([whole(1, any()), field(2, text(r.pick(["a", "layer", "_variables", "0"])))])),
          () =>
            field(
              2,
              Buffer.concat([
                field(1, text("VARIABLE_VALUE")),
                field(2, text(`v/${r.below(50)}`)),
                field(3, text(r.pick(keys))),
              ]),
            ),
          () =>
            field(3, Buffer.concat([whole(1, any()), field(2, text(r.pick(["m", "v", "momentum"]))), whole(3, any())])),
        ])(),
      );
      length += fields[fields.length - 1].length;
    }
    parts.push(field(1, Buffer.concat(fields)));
    size += parts[parts.length - 1].length;
  }
  return Buffer.concat(parts);
}

/** A checkpoint, or the variables of a SavedModel; several keys may stand for the same bytes. */
export function tensorflowObjects(r) {
  const count = 1 + r.below(r.pick([3, 60, 500]));
  const long = r.chance(0.1) ? 1000 : 20;
  const keys = Array.from(
    { length: count },
    (_, k) => `${"layer/".repeat(r.below(long) / 6)}${String(k).padStart(4, "0")}/.ATTRIBUTES/VARIABLE_VALUE`,
  );
  const tree = objectTree(r, keys, r.pick([500, 10_000, 30_000]));
  const size = little([tree.length, 4]);
  const sizeSum = little([masked(crc32c(size)), 4]);
  const graphSum = masked([size, sizeSum, tree].reduce((crc, part) => crc32c(part, crc), 0));
  const graph = Buffer.concat([varint(tree.length), sizeSum, tree]);
  const data = Buffer.alloc(r.chance(0.1) ? 16 : 16 * count);
  const shape = field(2, Buffer.concat([field(2, whole(1, 2)), field(2, whole(1, 2))]));
  const sum = masked(crc32c(Buffer.alloc(16)));
  const entry = (at) => Buffer.concat([whole(1, 1), shape, whole(3, 0), whole(4, at), whole(5, 16), fixed(6, sum)]);
  const graphEntry = Buffer.concat([
    whole(1, 7),
    whole(3, 0),
    whole(4, data.length),
    whole(5, graph.length),
    fixed(6, graphSum),
  ]);
  const entries = [
    ...keys.map((key, k) => [key, entry((16 * k) % data.length)]),
    ["_CHECKPOINTABLE_OBJECT_GRAPH", graphEntry],
  ];
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  const head = ["", Buffer.concat([whole(1, 1), whole(2, 0), field(3, whole(1, 1))])];
  const unique = entries.filter(([key], k) => k === 0 || key !== entries[k - 1][0]);
  const folder = r.chance(0.4) ? "variables/variables" : "ck";
  const model =
    folder === "ck"
      ? {}
      : { "saved_model.pb": Buffer.concat([whole(1, 1), field(2, field(1, field(4, text("serve"))))]) };
  return {
    ...model,
    [`${folder}.index`]: table([block([head, ...unique])]),
    [`${folder}.data-00000-of-00001`]: Buffer.concat([data, graph]),
  };
}
