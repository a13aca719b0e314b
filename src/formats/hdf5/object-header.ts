import type { Fields } from "./fields.js";
import type { Hdf5File } from "./file.js";

/** Kinds of header messages, by their numbers. */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  fillValue: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

/** One message of an object's header. */
export interface Message {
  readonly type: number;
  /** Fields to be read from their beginning: of the message itself, or of the one that it shares. */
  fields(): Promise<Fields>;
}

/** Headers have a dozen messages; those with attributes of every weight reach some hundreds. */
const MAX_MESSAGES = 10_000;
const MAX_BLOCKS = 1000;
/** A message has at most 64 KiB, a block a few messages. */
const MAX_BLOCK_BYTES = 16 * 2 ** 20;
const SHARED = 0x02;

/** Reads the messages of the object whose header is at an address, continuations included. */
export async function readObjectHeader(file: Hdf5File, address: number, { mayShare = true } = {}): Promise<Message[]> {
  const start = await file.fieldsUpTo(address, 4);
  if (start.left < 4) return start.fail("an object's header is cut off");
  const reading: Reading = { file, mayShare, messages: [], pending: [], seen: new Set() };
  await (start.bytes[0] === 0x4f ? readVersion2(reading, address) : readVersion1(reading, address));
  return reading.messages;
}

interface Block {
  readonly address: number;
  readonly length: number;
}

/** What a header's blocks have in common. */
interface Reading {
  readonly file: Hdf5File;
  readonly messages: Message[];
  readonly pending: Block[];
  readonly seen: Set<number>;
  /** Whether a message may be shared from another header. */
  readonly mayShare: boolean;
}

async function readVersion1(reading: Reading, address: number): Promise<void> {
  const prefix = await reading.file.fields(address, 16);
  prefix.version("an object header", 1);
  prefix.skip(7);
  reading.pending.push({ address: address + 16, length: prefix.u32() });
  await eachBlock(reading, async (fields) => {
    while (fields.left >= 8) {
      const [type, size, flags] = [fields.u16(), fields.u16(), fields.u8()];
      fields.skip(3);
      if (size % 8 !== 0) fields.fail(`a message of ${size} bytes is not aligned`);
      takeMessage(reading, fields, { type, size, flags });
    }
  });
}

async function readVersion2(reading: Reading, address: number): Promise<void> {
  const prefix = await reading.file.fieldsUpTo(address, 64);
  prefix.signature("OHDR");
  prefix.version("an object header", 2);
  const flags = prefix.u8();
  prefix.skip((flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0));
  const length = prefix.sized(1 << (flags & 3));
  reading.pending.push({ address: address + prefix.at, length });
  let first = true;
  await eachBlock(reading, async (fields) => {
    // The first block's length excludes its frame; a continuation's length includes its signature and checksum.
    if (!first) fields.signature("OCHK");
    const trailer = first ? 0 : 4;
    first = false;
    const headBytes = flags & 0x04 ? 6 : 4;
    while (fields.left - trailer >= headBytes) {
      const [type, size, messageFlags] = [fields.u8(), fields.u16(), fields.u8()];
      if (flags & 0x04) fields.skip(2);
      takeMessage(reading, fields, { type, size, flags: messageFlags });
    }
  });
}

async function eachBlock({ file, pending, seen }: Reading, visit: (fields: Fields) => Promise<void>): Promise<void> {
  for (let block = pending.shift(); block !== undefined; block = pending.shift()) {
    const { address, length } = block;
    if (seen.has(address)) file.fail("an object's header contains a cycle", file.position(address));
    seen.add(address);
    if (seen.size > MAX_BLOCKS || length > MAX_BLOCK_BYTES)
      file.fail(`an object's header has a block of ${length} bytes`, file.position(address));
    await visit(await file.fields(address, length));
  }
}

function takeMessage(
  { file, messages, pending, mayShare }: Reading,
  fields: Fields,
  { type, size, flags }: { type: number; size: number; flags: number },
): void {
  const body = fields.part(size);
  if (type === MESSAGE.continuation) {
    pending.push({ address: body.target("a header's continuation"), length: body.length() });
    return;
  }
  const read = async (): Promise<Fields> => {
    if ((flags & SHARED) === 0) return body.again();
    return mayShare ? sharedMessage(file, body.again(), type) : body.fail("a shared message is shared again");
  };
  if (messages.push({ type, fields: read }) > MAX_MESSAGES)
    fields.fail(`an object's header has more than ${MAX_MESSAGES} messages`);
}

/** A message stored in another object's header (a committed datatype): one step, no further. */
async function sharedMessage(file: Hdf5File, fields: Fields, type: number): Promise<Fields> {
  const version = fields.version("a shared message", 1, 2, 3);
  const kind = fields.u8();
  if (version === 1) fields.skip(6);
  if (version === 3 && kind === 1) fields.fail("messages shared through a heap are not supported");
  const address = fields.target("a shared message");
  const owner = await readObjectHeader(file, address, { mayShare: false });
  const message = owner.find((other) => other.type === type);
  return message?.fields() ?? file.fail("a shared message is not at its declared address", file.position(address));
}
