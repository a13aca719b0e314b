import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bucket, openBucket } from "#eigenscope/node/s3/bucket.js";
import { type TestHost, testHost } from "../../remote/test-server.js";
import { BUCKET, fail, REGION, SECRET, startS3, type TestS3, TOKEN } from "./s3-server.js";

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

describe("a bucket", () => {
  let server: TestS3;
  let host: TestHost;
  let bucket: Bucket;
  beforeEach(async () => {
    server = await startS3();
    host = testHost();
    bucket = await openBucket(BUCKET, { environment: server.environment, host });
  });
  afterEach(() => server.close());

  const keysBelow = async (prefix: string): Promise<string[]> => {
    const keys: string[] = [];
    for await (const { key } of bucket.list(prefix)) keys.push(key);
    return keys;
  };

  it.each(["a", "a b", "runs/ä+ö/%2e%2e/x?y=1&z#!'()*~", "<&>\"'"])("keeps objects under any key: %s", async (key) => {
    expect(await bucket.get(key)).toBeUndefined();
    expect(await bucket.put(key, text("one"))).toBe(true);
    expect(server.text(key)).toBe("one");
    expect(await bucket.get(key)).toMatchObject({ bytes: text("one"), etag: server.objects.get(key)?.etag });
    expect(await keysBelow(key.slice(0, 1))).toEqual([key]);
    await bucket.remove(key);
    await bucket.remove(key);
    expect(await bucket.get(key)).toBeUndefined();
  });

  it("keeps the first of two, if it is asked to, and the last otherwise", async () => {
    const wrote = await Promise.all([1, 2, 3].map((n) => bucket.put("a", text(`${n}`), { once: true })));
    expect(wrote.filter((first) => first)).toHaveLength(1);
    expect(server.text("a")).toBe(`${wrote.indexOf(true) + 1}`);
    expect(await bucket.put("a", text("last"))).toBe(true);
    expect(server.text("a")).toBe("last");
  });

  it("keeps a note with an object, and reads it without the object", async () => {
    expect(await bucket.note("a")).toBeUndefined();
    await bucket.put("a", text("1"));
    expect(await bucket.note("a")).toBe("");
    await bucket.put("a", text("1"), { note: "what it was made of" });
    expect(await bucket.note("a")).toBe("what it was made of");
  });

  it("lists more than a page, and what lies directly in a folder", async () => {
    const keys = Array.from({ length: 2345 }, (_, i) => `runs/x/${String(i).padStart(5, "0")}`);
    for (const key of keys) server.put(key, "");
    for (const key of ["runs/a", "runs/y y/1", "runs/z/1", "runsaway/1"]) server.put(key, "1");
    server.seen.length = 0;
    expect(await keysBelow("runs/x/")).toEqual(keys);
    expect(server.seen).toHaveLength(3);
    const { objects, folders } = await bucket.in("runs/");
    expect([objects.map(({ key }) => key), folders]).toEqual([["runs/a"], ["runs/x/", "runs/y y/", "runs/z/"]]);
    server.pageSize = 1;
    expect((await bucket.in("runs/")).folders).toEqual(["runs/x/", "runs/y y/", "runs/z/"]);
    expect(await keysBelow("none/")).toEqual([]);
  });

  it("repeats what fails in passing, and waits as long as it is asked to", async () => {
    let requests = 0;
    server.before = (request, response) => {
      if (++requests > 3) return false;
      if (requests === 1) response.setHeader("retry-after", "7");
      if (requests === 3) request.socket.destroy();
      else fail(response, 503, "SlowDown");
      return true;
    };
    expect(await bucket.put("a", text("1"), { once: true })).toBe(true);
    expect([server.text("a"), host.pauses]).toEqual(["1", [7000, 750, 1500]]);
    requests = 0;
    expect((await bucket.get("a"))?.bytes).toEqual(text("1"));
    requests = 0;
    expect(await keysBelow("")).toEqual(["a"]);
  });

  it("counts an object that it has written itself, and whose answer was lost, as there", async () => {
    server.before = (request, response) => {
      if (request.method !== "PUT") return false;
      server.put("a", "1");
      response.destroy();
      server.before = () => false;
      return true;
    };
    expect(await bucket.put("a", text("1"), { once: true })).toBe(false);
    expect(server.text("a")).toBe("1");
  });

  it("reads an answer that breaks off again", async () => {
    server.put("a", "whole");
    server.before = (_, response) => {
      response.writeHead(200, { "content-length": 5 }).write("wh", () => response.destroy());
      server.before = () => false;
      return true;
    };
    expect((await bucket.get("a"))?.bytes).toEqual(text("whole"));
  });

  it("gives up after six failures in a row, and names the object", async () => {
    server.before = (_, response) => {
      fail(response, 500, "InternalError");
      return true;
    };
    await expect(bucket.get("a/b")).rejects.toThrow(
      `s3://${BUCKET}/a/b: the server failed (status 500), 6 times in a row. Try again later.`,
    );
    expect(server.seen).toHaveLength(6);
  });

  it.each([
    [
      403,
      "AccessDenied",
      "",
      "the server refuses access (status 403, AccessDenied). Check what these credentials may do",
    ],
    [
      403,
      "SignatureDoesNotMatch",
      "",
      "does not accept the credentials (status 403, SignatureDoesNotMatch). Check AWS_",
    ],
    [
      403,
      "InvalidAccessKeyId",
      "",
      "does not accept the credentials (status 403, InvalidAccessKeyId). Check AWS_ACCESS",
    ],
    [
      400,
      "ExpiredToken",
      "",
      "the credentials have expired (status 400, ExpiredToken). Get new ones: AWS_SESSION_TOKEN",
    ],
    [403, "RequestTimeTooSkewed", "", "the clock of this machine differs too much from the server's (status 403, "],
    [
      404,
      "NoSuchBucket",
      "",
      "there is no such bucket (status 404, NoSuchBucket). Check its name, AWS_REGION and AWS_E",
    ],
    [
      301,
      "PermanentRedirect",
      "<Endpoint>x</Endpoint>",
      "sends this bucket's requests elsewhere (status 301, Permanent",
    ],
    [
      400,
      "AuthorizationHeaderMalformed",
      "<Region>eu-x-9</Region>",
      "is in the region eu-x-9, and the request was for",
    ],
    [400, "Any<thing", "", "the server refuses the request (status 400). Is AWS_ENDPOINT_URL_S3 the address of an S3-"],
  ])("says what is wrong and what to do: %d %s", async (status, code, more, message) => {
    server.before = (_, response) => {
      fail(response, status, code, more);
      return true;
    };
    const asked = [bucket.get("k"), bucket.put("k", text("1"), { once: true }), keysBelow("k")];
    const messages = asked.map((one) => one.then(() => "nothing").catch((cause: Error) => cause.message));
    for (const said of await Promise.all(messages)) {
      expect(said).toContain(`s3://${BUCKET}/k: `);
      expect(said).toContain(message);
      expect(said.includes(SECRET) || said.includes(TOKEN)).toBe(false);
    }
    expect([server.seen.length, host.pauses]).toEqual([3, []]);
  });

  it("names the region that the server names, without a body too", async () => {
    server.before = (_, response) => {
      response.writeHead(301, { "x-amz-bucket-region": "eu-x-9" }).end();
      return true;
    };
    await expect(bucket.note("k")).rejects.toThrow(
      `the bucket is in the region eu-x-9, and the request was for ${REGION} (status 301). Set AWS_REGION=eu-x-9.`,
    );
  });

  it("names the server's time where the clocks differ", async () => {
    server.before = (_, response) => {
      response.setHeader("date", "Thu, 01 Jan 2026 00:00:00 GMT");
      fail(response, 403, "RequestTimeTooSkewed");
      return true;
    };
    await expect(bucket.get("k")).rejects.toThrow("Set the clock: the server has Thu, 01 Jan 2026 00:00:00 GMT.");
  });

  it("says that a server lacks conditional writes, where it refuses them", async () => {
    server.conditions = "refused";
    await expect(bucket.put("a", text("1"), { once: true })).rejects.toThrow(
      "the server does not support conditional writes (If-None-Match: *)",
    );
    expect(await bucket.put("a", text("1"))).toBe(true);
  });

  it.each([
    "<ListBucketResult></ListBucketResult>",
    "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
    "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents></ListBucketResult>",
    "<ListBucketResult><IsTruncated>false</IsTruncated><EncodingType>url</EncodingType>" +
      "<Contents><Key>%</Key><Size>1</Size><ETag>e</ETag></Contents></ListBucketResult>",
    "{}",
  ])("refuses what is no listing: %s", async (xml) => {
    server.before = (_, response) => {
      response.writeHead(200).end(xml);
      return true;
    };
    await expect(bucket.in("k/")).rejects.toThrow("the server's answer is no listing of a bucket");
  });

  it("reads keys that are not encoded, with the entities of XML", async () => {
    server.before = (_, response) => {
      response
        .writeHead(200)
        .end(
          "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a+&amp;&lt;&#x41;&#66;</Key>" +
            "<ETag>&quot;e&quot;</ETag><Size>12</Size></Contents></ListBucketResult>",
        );
      return true;
    };
    expect((await bucket.in("")).objects).toEqual([{ key: "a+&<AB", byteLength: 12, etag: '"e"' }]);
  });

  it("is refused with other credentials, another region, or another bucket's name", async () => {
    const asked = async (change: Record<string, string>, name = BUCKET): Promise<string> => {
      const other = await openBucket(name, { environment: { ...server.environment, ...change }, host });
      return (await other.get("k").catch((cause: Error) => cause))?.toString() ?? "";
    };
    expect(await asked({ AWS_SECRET_ACCESS_KEY: "wrong" })).toContain("SignatureDoesNotMatch");
    expect(await asked({ AWS_ACCESS_KEY_ID: "wrong" })).toContain("InvalidAccessKeyId");
    expect(await asked({ AWS_SESSION_TOKEN: "wrong" })).toContain("InvalidToken");
    expect(await asked({ AWS_REGION: "us-east-1" })).toContain(`Set AWS_REGION=${REGION}.`);
    expect(await asked({}, "another")).toContain("there is no such bucket");
  });
});
