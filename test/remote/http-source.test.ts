import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { httpSource } from "#eigenscope/remote/index.js";
import { refusal } from "../formats/files-in-memory.js";
import {
  after,
  answer,
  pattern,
  redirectTo,
  startServer,
  type TestHost,
  type TestServer,
  type Trick,
  testHost,
} from "./test-server.js";

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const PAGE = 16 * KIB;
const FILE = pattern(20 * MIB + 123);

let server: TestServer;
let other: TestServer;
let host: TestHost;

beforeEach(async () => {
  server = await startServer({ "/w.bin": FILE });
  other = await startServer({ "/w.bin": FILE });
  host = testHost();
});
afterEach(() => Promise.all([server.close(), other.close()]));

const open = (options: object = {}, path = "/w.bin") => httpSource(server.origin + path, { host, ...options });

describe("a file at an address", () => {
  it("tells its length after one ranged request", async () => {
    expect((await open()).byteLength).toBe(FILE.length);
    expect(server.seen.map(({ range }) => range)).toEqual([`bytes=0-${PAGE - 1}`]);
  });

  it("gives exactly the bytes that are asked for, wherever they lie", async () => {
    const source = await open();
    // biome-ignore format: pairs
    const reads = [
      [0, 8], [PAGE - 3, 6], [5 * PAGE + 7, PAGE], [PAGE - 1, 3 * PAGE],
      [100, 9 * MIB], [FILE.length - 10, 10], [FILE.length, 0],
    ];
    for (const [offset, length] of reads)
      expect(Buffer.compare(await source.read(offset, length), FILE.subarray(offset, offset + length))).toBe(0);
  });

  it("reads crumbs by pages and the rest exactly, never a byte twice from the page at its beginning", async () => {
    const source = await open();
    await source.read(0, 8);
    await source.read(8, 4000);
    expect(server.seen).toHaveLength(1);
    await source.read(4008, MIB);
    expect(server.seen[1].range).toBe(`bytes=${PAGE}-${4008 + MIB - 1}`);
    expect(server.sent).toBe(4008 + MIB);
  });

  it("fetches a long range in parts side by side, at most eight at once", async () => {
    const source = await open();
    await Promise.all(Array.from({ length: 4 }, () => source.read(MIB, 18 * MIB)));
    expect(server.mostAtOnce).toBeGreaterThan(2);
    expect(server.mostAtOnce).toBeLessThanOrEqual(8);
    expect(new Set(server.seen.slice(1).map(({ range }) => range)).size).toBe(3);
  });

  it("refuses a range that leaves the file, without asking", async () => {
    const source = await open();
    expect((await refusal(source.read(FILE.length - 1, 2))).kind).toBe("malformed");
    expect(server.seen).toHaveLength(1);
  });

  it("82: knows an empty file", async () => {
    server.files.set("/empty", new Uint8Array(0));
    expect((await open({}, "/empty")).byteLength).toBe(0);
  });

  it("does not read once it is closed, nor for a signal that has aborted", async () => {
    const source = await open();
    await source.close?.();
    await expect(source.read(0, 8)).rejects.toThrow("closed");
    const again = await open();
    await expect(again.read(0, 8, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  });

  it("ends a running read with the signal's reason", async () => {
    const source = await open();
    const controller = new AbortController();
    server.before = () => {
      controller.abort(new Error("enough"));
      return true;
    };
    await expect(source.read(MIB, MIB, controller.signal)).rejects.toThrow("enough");
  });
});

/**
 * The host `inner`, telling when its client has taken so many bytes of bodies: a server that breaks off then knows what
 * has arrived.
 */
function watchedHost(inner: TestHost): { readonly host: TestHost; readonly taken: (bytes: number) => Promise<void> } {
  let taken = 0;
  const waiting: { readonly bytes: number; readonly resolve: () => void }[] = [];
  const count = (): TransformStream<Uint8Array, Uint8Array> =>
    new TransformStream({
      transform(chunk, controller) {
        // Nothing is buffered behind this stream: it is asked for a chunk when the client waits for one.
        controller.enqueue(chunk);
        taken += chunk.length;
        for (const { bytes, resolve } of waiting) if (taken >= bytes) resolve();
      },
    });
  const host: TestHost = {
    ...inner,
    async fetch(input, init) {
      const response = await inner.fetch(input, init);
      if (response.body === null) return response;
      return Object.defineProperty(response, "body", { value: response.body.pipeThrough(count()) });
    },
  };
  return {
    host,
    taken: (more) => new Promise((resolve) => waiting.push({ bytes: taken + more, resolve })),
  };
}

describe("a server in trouble", () => {
  it("is given the time that it asks for", async () => {
    const source = await open();
    server.tricks.push(
      answer(429, { "retry-after": "7" }),
      answer(503, { "retry-after": "Thu, 01 Jan 2026 00:00:03 GMT" }),
    );
    await source.read(MIB, 10);
    expect(host.pauses).toEqual([7000, 3000]);
  });

  it("is given twice the time after each failure, and some chance", async () => {
    server.tricks.push(answer(500), answer(502), answer(429));
    await open();
    expect(host.pauses).toEqual([375, 750, 1500]);
  });

  it("is left alone after six failures in a row, with a sentence that shows no query", async () => {
    server.before = answer(503);
    const error = await refusal(open({}, "/w.bin?X-Amz-Signature=topsecret"));
    expect(server.seen).toHaveLength(6);
    expect(error.kind).toBe("unreadable");
    expect(error.message).toMatch(/\/w\.bin: the server failed \(status 503\), 6 times in a row\. Try again later\.$/);
    expect(JSON.stringify([error.message, error.details])).not.toContain("topsecret");
  });

  it("is left alone at once where it asks to wait an hour", async () => {
    server.tricks.push(answer(429, { "retry-after": "3600" }));
    expect((await refusal(open())).message).toContain("asks to wait 3600 s");
    expect(host.pauses).toEqual([]);
  });

  it.each([
    ["a dropped connection", true],
    ["a short body", false],
  ])("is asked to go on at the byte reached after %s", async (_, drops) => {
    const client = watchedHost(host);
    const source = await open({ host: client.host });
    server.tricks.push((_request, response) => {
      response.writeHead(206, {
        "content-range": `bytes ${MIB}-${3 * MIB - 1}/${FILE.length}`,
        ...(drops && { "content-length": 2 * MIB }),
      });
      void client.taken(700_000).then(() => (drops ? response.destroy() : response.end()));
      response.write(FILE.subarray(MIB, MIB + 700_000));
      return true;
    });
    expect(Buffer.compare(await source.read(MIB, 2 * MIB), FILE.subarray(MIB, 3 * MIB))).toBe(0);
    expect(server.seen.at(-1)?.range).toBe(`bytes=${MIB + 700_000}-${3 * MIB - 1}`);
    expect(host.pauses).toHaveLength(1);
  });

  it("may drop any number of connections as long as each brings something", async () => {
    const client = watchedHost(host);
    const source = await open({ host: client.host });
    const step = 300_000;
    let drops = 0;
    server.before = (request, response) => {
      const from = Number(/=(\d+)-/.exec(request.headers.range ?? "")?.[1]);
      if (++drops > 8) return false;
      response.writeHead(206, { "content-range": `bytes ${from}-${4 * MIB - 1}/${FILE.length}` });
      void client.taken(step).then(() => response.destroy());
      response.write(FILE.subarray(from, from + step));
      return true;
    };
    expect(Buffer.compare(await source.read(MIB, 3 * MIB), FILE.subarray(MIB, 4 * MIB))).toBe(0);
    expect(drops).toBe(9);
  });

  it("that does not exist is not asked six times", async () => {
    const failing = {
      ...host,
      fetch: async () => Promise.reject(Object.assign(new TypeError("fetch failed"), { cause: { code: "ENOTFOUND" } })),
    };
    const error = await refusal(httpSource("https://no.such.host.invalid/w.bin?key=topsecret", { host: failing }));
    expect(error.message).toBe(
      "https://no.such.host.invalid/w.bin: the server could not be reached (ENOTFOUND). Check the address " +
        "and the network.",
    );
    expect(host.pauses).toEqual([]);
  });
});

describe("91: a server that lies", () => {
  it("by ignoring ranges is read once where the file is small", async () => {
    server.files.set("/small", FILE.subarray(0, 100_000));
    server.before = (request) => void delete request.headers.range;
    const source = await open({}, "/small");
    expect(Buffer.compare(await source.read(50_000, 40_000), FILE.subarray(50_000, 90_000))).toBe(0);
    expect(server.seen).toHaveLength(1);
  });

  it.each([
    ["with a length", { "content-length": String(2 ** 40) }],
    ["without one", {}],
  ])("by ignoring ranges of a large file, %s, is refused before it is read", async (_, headers) => {
    let sent = 0;
    server.before = (_request, response) => {
      response.writeHead(200, headers as Record<string, string>);
      const more = (): void => {
        if (!response.destroyed) response.write(new Uint8Array(MIB), () => more());
        sent += MIB;
      };
      more();
      return true;
    };
    expect((await refusal(open())).message).toContain(
      "ignores range requests and would send the whole file. Download the file",
    );
    // 16 MiB are its limit; the rest is what lies in the sockets' buffers.
    expect(sent).toBeLessThan(32 * MIB);
  });

  it("by ignoring ranges in mid-run is refused", async () => {
    const source = await open();
    server.before = (request) => void delete request.headers.range;
    expect((await refusal(source.read(MIB, 10))).message).toContain("ignores range requests");
  });

  it.each([
    ["another range", { "content-range": `bytes 5-14/${FILE.length}` }, 10, /sends bytes 5 to 14, not 1048576 to/],
    ["no range", {}, 10, /without Content-Range/],
    ["nonsense", { "content-range": "bytes 9-1/5" }, 10, /Content-Range "bytes 9-1\/5"/],
    [
      "a crumb",
      { "content-range": `bytes ${MIB}-${MIB + 9}/${FILE.length}` },
      10,
      /sends bytes 1048576 to 1048585, not/,
    ],
    ["more", { "content-range": `bytes ${MIB}-${2 * MIB - 1}/${FILE.length}` }, 2 * MIB, /more than the 1048576 bytes/],
    [
      "a compressed range",
      { "content-range": `bytes ${MIB}-${2 * MIB - 1}/${FILE.length}`, "content-encoding": "br" },
      10,
      /a compressed range/,
    ],
  ])("by sending %s is refused", async (_, headers, length, sentence) => {
    const source = await open();
    server.tricks.push(answer(206, headers as Record<string, string>, new Uint8Array(length)));
    expect((await refusal(source.read(MIB, MIB))).message).toMatch(sentence);
  });

  /** How a file changes, each seen by one sign only; a server that drops If-Match does not know conditions. */
  const dropIfMatch: Trick = (request) => void delete request.headers["if-match"];
  const lastModified = (second: number): Trick => {
    return (request, response) => {
      response.setHeader("last-modified", `Thu, 01 Jan 2026 00:00:0${second} GMT`);
      return dropIfMatch(request, response);
    };
  };
  const CHANGES: Record<string, { before?: () => void; change: () => void }> = {
    "If-Match": {
      change: () => {
        server.etag = '"v2"';
      },
    },
    "the ETag alone": {
      change: () => {
        server.before = dropIfMatch;
        server.etag = '"v2"';
      },
    },
    "the length alone": {
      change: () => {
        server.before = dropIfMatch;
        server.etag = undefined;
        server.files.set("/w.bin", FILE.subarray(0, 5 * MIB));
      },
    },
    "Last-Modified": {
      before: () => {
        server.etag = 'W/"weak"';
        server.before = lastModified(0);
      },
      change: () => {
        server.before = lastModified(3);
      },
    },
  };
  it.each(Object.entries(CHANGES))(
    "by changing the file in mid-run is found out by %s, once and for all",
    async (_, { before, change }) => {
      before?.();
      const source = await open();
      await source.read(MIB, 10);
      change();
      const error = await refusal(source.read(2 * MIB, 10));
      expect([error.kind, error.message]).toEqual([
        "unreadable",
        expect.stringContaining("the file changed while it was being read"),
      ]);
      const asked = server.seen.length;
      expect(await refusal(source.read(3 * MIB, MIB))).toBe(error);
      expect(server.seen).toHaveLength(asked);
    },
  );
});

describe("a redirect", () => {
  const headers = { authorization: "Bearer hf_topsecret" };

  it("91: to another host does not take the credentials along, nor back", async () => {
    server.tricks.push(redirectTo(`${other.origin}/w.bin`));
    other.tricks.push(redirectTo(`${server.origin}/w.bin?back`));
    await open({ headers });
    expect([...server.seen, ...other.seen].map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ["/w.bin", "Bearer hf_topsecret"],
      ["/w.bin?back", undefined],
      ["/w.bin", undefined],
    ]);
  });

  it("on one host takes them along", async () => {
    server.tricks.push(redirectTo("/w.bin?again", 307));
    await open({ headers });
    expect(server.seen.at(-1)?.headers.authorization).toBe("Bearer hf_topsecret");
  });

  it("is followed once: later ranges are asked where it led", async () => {
    server.before = redirectTo(`${other.origin}/w.bin?signature=1`);
    const source = await open({ headers });
    await source.read(MIB, MIB);
    await source.read(5 * MIB, MIB);
    expect(server.seen).toHaveLength(1);
    expect(other.seen).toHaveLength(3);
  });

  it("that expires is asked for again", async () => {
    let signature = 1;
    server.before = (request, response) =>
      redirectTo(`${other.origin}/w.bin?signature=${signature}`)(request, response);
    other.before = (request, response) =>
      request.url?.endsWith(`=${signature}`) ? false : answer(403)(request, response);
    const source = await open({ headers });
    signature = 2;
    expect(Buffer.compare(await source.read(MIB, 10), FILE.subarray(MIB, MIB + 10))).toBe(0);
    expect(server.seen).toHaveLength(2);
    expect(host.pauses).toEqual([0]);
  });

  it.each([
    ["in a circle", "/w.bin", "redirects more than 5 times"],
    ["down from https", "http://example.org/w.bin", "redirects to http://example.org, which is not https"],
    ["to a file", "file:///etc/passwd", "redirects to file://, which is not https"],
    ["to nowhere", "http://[", "without saying where to"],
    [
      "to a user and password",
      "http://me:topsecret@127.0.0.1:8/w.bin",
      "redirects to an address at 127.0.0.1:8 that carries a user name or",
    ],
    [
      "to a user alone",
      "https://me@example.org/w.bin",
      "redirects to an address at example.org that carries a user name or password",
    ],
    [
      "to a port that fetch never asks",
      "http://127.0.0.1:6667/w.bin",
      "http://127.0.0.1:6667/w.bin: the address cannot be requested (bad port)",
    ],
  ])("%s is refused, and not tried again", async (_, location, sentence) => {
    server.before = redirectTo(location);
    const { message } = await refusal(open());
    expect(message).toContain(sentence);
    expect(message).not.toContain("topsecret");
    expect(server.seen.filter(({ path }) => path === "/w.bin")).toHaveLength(location === "/w.bin" ? 6 : 1);
    expect(host.pauses).toEqual([]);
  });

  it("from https may not lead to this machine", async () => {
    const redirecting = {
      ...host,
      fetch: async () => new Response(null, { status: 302, headers: { location: "http://127.0.0.1:1/w.bin" } }),
    };
    expect((await refusal(httpSource("https://example.org/w.bin", { host: redirecting }))).message).toContain(
      "which is not https",
    );
  });
});

describe("an address", () => {
  it.each([
    ["http://example.org/w.bin?key=topsecret", "only https:// addresses are supported"],
    ["https://me:topsecret@example.org/w.bin", "carries a user name or password"],
    ["https://me:topsecret@exa mple.org/w.bin?key=topsecret", "not a valid address"],
    ["ftp://example.org/w.bin", "only https:// addresses are supported"],
  ])("%s is refused, and shows no secret", async (address, sentence) => {
    const error = await refusal(httpSource(address, { host }));
    expect(error.message).toContain(sentence);
    expect(error.message).not.toContain("topsecret");
  });

  it("refuses headers that HTTP cannot carry without showing their values", async () => {
    await expect(open({ headers: { authorization: "Bearer topsecret\n" } })).rejects.toThrow(
      'headers: "authorization" has characters that HTTP cannot carry',
    );
  });

  it.each([
    [404, "missing", "there is no such file (status 404)"],
    [403, "unreadable", "A signed address may have expired"],
    [418, "unreadable", "answered with status 418"],
  ])("that answers %d is refused once", async (status, kind, sentence) => {
    server.before = answer(status);
    const error = await refusal(open());
    expect([error.kind, error.message]).toEqual([kind, expect.stringContaining(sentence)]);
    expect(server.seen).toHaveLength(1);
  });
});

describe("in a browser", () => {
  it("follows redirects by fetch and sends no header that CORS would have to allow", async () => {
    const sandboxed = { ...host, sandboxed: true };
    server.before = redirectTo(`${other.origin}/w.bin`);
    const source = await open({ host: sandboxed });
    await source.read(MIB, MIB);
    expect(server.seen).toHaveLength(1);
    expect(other.seen.map(({ headers }) => headers["if-match"])).toEqual([undefined, undefined]);
    other.etag = '"v2"';
    expect((await refusal(source.read(3 * MIB, MIB))).message).toContain("changed while it was being read");
  });

  it("says that the server hides its ranges", async () => {
    server.before = after(0, answer(206, {}, "abc"));
    expect((await refusal(open({ host: { ...host, sandboxed: true } }))).message).toContain(
      "Its CORS rules must expose that header",
    );
  });
});
