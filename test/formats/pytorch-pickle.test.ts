import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { unpickle } from "#eigenscope/formats/pytorch/pickle/unpickle.js";
import {
  PyDict,
  PyGlobal,
  PyList,
  PyObject,
  PyPersistent,
  PyTuple,
  type Value,
} from "#eigenscope/formats/pytorch/pickle/values.js";
import { Call, dict, Name, type Pickled, pickleOf, raw, tuple } from "./build-pickle.js";
import { concat, fixture, littleEndian, refusal } from "./files-in-memory.js";

const where = { format: "pytorch", file: "x.pt" };
const read = (bytes: Uint8Array) => unpickle({ bytes, where });
const refused = (bytes: Uint8Array) => refusal(Promise.resolve().then(() => read(bytes)));
const opcodes = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** A value of a pickle as plain JavaScript, to compare; calls as what they would call. */
function plain(value: Value | undefined): unknown {
  if (value instanceof PyTuple || value instanceof PyList) return value.items.map(plain);
  if (value instanceof PyDict)
    return new Map([...(value.entries ?? [])].map(([key, item]) => [plain(key), plain(item)]));
  if (value instanceof PyGlobal) return value.path;
  if (value instanceof PyPersistent) return { outside: plain(value.id) };
  if (value instanceof PyObject) {
    return {
      call: plain(value.callee),
      args: plain(value.args),
      state: plain(value.state),
      entries: [...(value.entries ?? [])].flat().map(plain),
    };
  }
  return value;
}

describe("the unpickler", () => {
  const { pickles } = JSON.parse(readFileSync(new URL("../goldens/pickles/protocols.json", import.meta.url), "utf8"));
  for (const [protocol, text] of Object.entries(pickles as Record<string, string>)) {
    it(`reads what CPython writes at ${protocol}`, () => {
      const bytes = new Uint8Array(Buffer.from(text, "base64"));
      const { value, end } = read(bytes);
      expect(end).toBe(bytes.length);
      const found = value as PyDict;
      const at = (key: string): Value => found.entries!.get(key)!;
      expect(plain(at("int"))).toEqual([
        0,
        1,
        -1,
        255,
        256,
        65535,
        65536,
        2 ** 31 - 1,
        -(2 ** 31),
        2 ** 31,
        2 ** 53 - 1,
        -(2 ** 53 - 1),
      ]);
      expect(plain(at("big"))).toEqual([2n ** 53n, -(2n ** 60n), 2n ** 70n, -(2n ** 80n)]);
      expect(plain(at("float"))).toEqual([0, -1.5, 1e300, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
      expect(plain(at("flag"))).toEqual([true, false, null]);
      expect(plain(at("text"))).toEqual([
        "",
        "abc",
        "h\u00e9",
        "\u65e5\u672c",
        "\u{1f600}",
        "x".repeat(300),
        "line\nfeed",
        "back\\slash",
      ]);
      expect(plain(at("tuple"))).toEqual([[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]);
      const [one, other] = (at("shared") as PyList).items;
      expect(one).toBe(other);
      expect(plain(at("__proto__"))).toEqual(new Map([["polluted", 1]]));
      expect(plain(at("constructor"))).toBe(2);
      expect(plain((at("ordered") as PyObject).callee)).toBe("collections.OrderedDict");
    });
  }

  it("8: keeps prototype keys as keys", () => {
    for (const name of ["proto.pkl", "proto2.pkl"]) read(fixture(name));
    const { value } = read(fixture("proto.pkl"));
    expect(plain(value)).toEqual(
      new Map<string, unknown>([
        ["__proto__", new Map([["polluted", 1]])],
        ["a", 2],
      ]),
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("reads whole numbers of any size, exactly", () => {
    expect(plain(read(fixture("long.pkl")).value)).toEqual(
      new Map<string, unknown>([
        ["a", 2n ** 70n],
        ["b", 2 ** 40],
      ]),
    );
  });

  const INERT: Record<string, Uint8Array> = {
    GLOBAL: opcodes("cos\nsystem\n(X\x04\0\0\0echotR."),
    STACK_GLOBAL: opcodes("\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04echo\x85R."),
    INST: opcodes("(X\x04\0\0\0echoios\nsystem\n."),
    OBJ: opcodes("(cos\nsystem\nX\x04\0\0\0echoo."),
    NEWOBJ: opcodes("cos\nsystem\nX\x04\0\0\0echo\x85\x81."),
    NEWOBJ_EX: opcodes("cos\nsystem\nX\x04\0\0\0echo\x85}X\x01\0\0\0aK\x01s\x92."),
    EXT1: opcodes("\x82\x01)R."),
    EXT2: opcodes("\x83\x01\0)R."),
    EXT4: opcodes("\x84\x01\0\0\0)R."),
  };
  for (const [opcode, bytes] of Object.entries(INERT)) {
    it(`22: makes an inert record of a call by ${opcode}, and tells its name`, () => {
      const { value, globals } = read(bytes);
      expect(value).toBeInstanceOf(PyObject);
      expect([...globals.keys()]).toEqual([expect.stringMatching(/^(os|posix)\.system$|^copyreg extension\.1$/)]);
    });
  }

  it("23: makes inert records of calls of results of calls, and counts them", () => {
    const getattr = new Call(new Name("builtins", "getattr"), [new Name("os", "path"), "system"]);
    const { value, indirectCalls, globals } = read(
      pickleOf(new Call(getattr, ["echo"], { state: dict({ __setstate__: getattr }) })),
    );
    expect(value).toBeInstanceOf(PyObject);
    expect(indirectCalls).toBe(1);
    expect([...globals.keys()]).toEqual(["builtins.getattr", "os.path"]);
  });

  it("28: reads 200,000 nested lists without a deep stack", () => {
    expect(read(fixture("deep.pkl")).value).toBeInstanceOf(PyList);
  });

  it("27: reads a bomb of shared lists in the time of its bytes", () => {
    expect(read(fixture("laugh.pkl")).value).toBeInstanceOf(PyList);
  });

  const MALFORMED: Record<string, { bytes: Uint8Array; says: RegExp }> = {
    "23: a state for a function itself": { bytes: opcodes("cos\nsystem\n}b."), says: /modifies os\.system itself/ },
    "23: a state for a dictionary": {
      bytes: opcodes("}}b."),
      says: /sets the state of something that cannot have one/,
    },
    "29: a text of 2^40 bytes": {
      bytes: fixture("hugestr.pkl"),
      says: /1099511627776 bytes are needed, but only 4 are left/,
    },
    "29: a negative length": { bytes: fixture("neglen.pkl"), says: /length -5 is declared/ },
    "29: a length of 2^60": { bytes: opcodes("\x80\x04\x8d\0\0\0\0\0\0\0\x10a."), says: /length 1152921504606846976/ },
    "29: bytes beyond the end": { bytes: opcodes("B\xff\xff\xff\xffab."), says: /4294967295 bytes are needed/ },
    "29: a negative whole number of bytes": { bytes: opcodes("\x8b\xff\xff\xff\xff."), says: /length -1/ },
    "29: a whole number of a million bits": {
      bytes: concat(Uint8Array.of(0x8b), littleEndian([125_000, 4]), new Uint8Array(125_001)),
      says: /an integer of/,
    },
    "29: a decimal number of a megabyte": {
      bytes: opcodes(`I${"9".repeat(1e6)}\n.`),
      says: /a line of more than 4300 bytes/,
    },
    "30: an end in the middle": { bytes: fixture("trunc.pkl"), says: /truncated/ },
    "30: no STOP": { bytes: opcodes("\x80\x02}"), says: /1 bytes are needed, but only 0 are left/ },
    "30: nothing at all": { bytes: new Uint8Array(0), says: /truncated/ },
    "30: a line that does not end": { bytes: opcodes("cos\nsys"), says: /truncated/ },
    "an unknown opcode": { bytes: opcodes("\x80\x02\xff."), says: /byte 3: 0xff is not an opcode/ },
    "a protocol of the future": { bytes: opcodes("\x80\x06N."), says: /protocol 6 is unknown/ },
    "a value from an empty stack": { bytes: opcodes("0."), says: /empty stack/ },
    "a value from below a mark": { bytes: opcodes("N(\x85."), says: /empty stack/ },
    "a mark that was never set": { bytes: opcodes("t."), says: /mark/ },
    "a value that was never remembered": { bytes: opcodes("h\x05."), says: /reads the memoised value 5/ },
    "a memo of 2^31": { bytes: opcodes("Nr\xff\xff\xff\x7f."), says: /memoises a value under the number/ },
    "an entry of a list": { bytes: opcodes("]NNs."), says: /sets an entry of something that is not a dictionary/ },
    "an item for a tuple": { bytes: opcodes(")Na."), says: /appends to something that is not a list/ },
    "a key without a value": { bytes: opcodes("}(Nu."), says: /has no value/ },
    "a call of a number": { bytes: opcodes("K\x01)R."), says: /calls something that is not a function/ },
    "arguments that are no tuple": { bytes: opcodes("ca\nb\n]R."), says: /not a tuple/ },
    "a name that is a number": { bytes: opcodes("K\x01K\x02\x93."), says: /not text/ },
    "a buffer from outside": { bytes: opcodes("\x80\x05\x97."), says: /from outside/ },
    "a number that is none": { bytes: opcodes("I1e5\n."), says: /not an integer/ },
    "a float that is code": { bytes: opcodes("F__import__('os')\n."), says: /not a number/ },
    "a quoted string that is not closed": { bytes: opcodes("S'abc\n."), says: /not a quoted string/ },
  };
  for (const [what, { bytes, says }] of Object.entries(MALFORMED)) {
    it(`refuses ${what}`, async () => {
      const error = await refused(bytes);
      expect(error.message).toMatch(says);
      expect(error.kind).toBe("malformed");
    });
  }

  const BOMBS: Record<string, string> = {
    "empty lists": "]",
    dictionaries: "}NNs",
    "remembered values": "]\x94",
    "empty tuples": ")",
    names: "ca\nb\n",
    marks: "(",
    "pushes and pops": "N0",
    "texts of no characters": "X\0\0\0\0",
    "references to the outside": "NQ",
    calls: "ca\nb\n)R",
    "frames in frames": "\x95\0\0\0\0\0\0\0\0",
  };
  for (const [what, unit] of Object.entries(BOMBS)) {
    it(`30: ends 20 MB of ${what} within its memory`, async () => {
      const bytes = Buffer.alloc(20_000_000, opcodes(unit));
      const before = process.memoryUsage().rss;
      expect((await refused(bytes)).kind).toBe("malformed");
      expect(process.memoryUsage().rss - before).toBeLessThan(600 * 2 ** 20);
    });
  }

  it("gives values of Python 2 the text that they mean", () => {
    expect(read(opcodes("U\x03abc.")).value).toBe("abc");
    expect(read(opcodes("T\x02\0\0\0\xc3\xa9.")).value).toBe("\u00e9");
    expect(read(opcodes("U\x01\xe9.")).value).toBe("\u00e9");
    expect(read(opcodes("S'it\\'s'\n.")).value).toBe("it's");
    expect(read(opcodes("L12L\n.")).value).toBe(12);
    expect(read(opcodes("I01\n.")).value).toBe(true);
  });

  it("reads what the tests' own builder writes", () => {
    const value: Pickled = dict({ a: tuple(1, -2, 2 ** 40, 1.5), b: [true, null, "x"], c: raw("K\x07") });
    expect(plain(read(pickleOf(value)).value)).toEqual(
      new Map<string, unknown>([
        ["a", [1, -2, 2 ** 40, 1.5]],
        ["b", [true, null, "x"]],
        ["c", 7],
      ]),
    );
  });
});
