import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { authorizationOf, sha256, signatureOf } from "./sigv4.js";

export interface TestObject {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly note?: string | undefined;
}

/** Answers in place of the server: true where it did. */
export type Trick = (request: IncomingMessage, response: ServerResponse) => boolean | undefined;

/** Object storage on loopback, with one bucket. It accepts only requests that are signed for it. */
export interface TestS3 {
  readonly origin: string;
  /** By key. */
  readonly objects: Map<string, TestObject>;
  /** Method and target of every request, in the order in which they came. */
  readonly seen: string[];
  /** The variables by which it is found. */
  readonly environment: Record<string, string>;
  /** Keys of a page of a listing. */
  pageSize: number;
  /** What the server does with If-None-Match on PUT. */
  conditions: "kept" | "ignored" | "refused";
  /** Tried before everything, for every request. */
  before: Trick;
  put(key: string, content: Uint8Array | string): void;
  text(key: string): string | undefined;
  close(): Promise<void>;
}

export const BUCKET = "bucket";
export const REGION = "eu-test-1";
export const SECRET = "the/secret+key";
export const TOKEN = "the/session+token=";
const ACCESS_KEY = "AKIDTEST";
const NOTE = "x-amz-meta-eigenscope";

export async function startS3(): Promise<TestS3> {
  const server: TestS3 = {
    ...{ origin: "", objects: new Map(), seen: [], pageSize: 1000, conditions: "kept", before: () => false },
    environment: {
      AWS_ACCESS_KEY_ID: ACCESS_KEY,
      AWS_SECRET_ACCESS_KEY: SECRET,
      AWS_SESSION_TOKEN: TOKEN,
      AWS_REGION: REGION,
    },
    put: (key, content) => void server.objects.set(key, objectOf(Buffer.from(content))),
    text: (key) => {
      const bytes = server.objects.get(key)?.bytes;
      return bytes && Buffer.from(bytes).toString();
    },
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  const http = createServer((request, response) => {
    server.seen.push(`${request.method} ${request.url}`);
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts);
      if (server.before(request, response)) return;
      const refused = wrongWith(request, body);
      if (refused !== undefined) fail(response, ...refused);
      else answer(request, response, { body, server });
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  server.environment.AWS_ENDPOINT_URL_S3 = origin;
  return Object.assign(server, { origin });
}

function objectOf(bytes: Uint8Array, note?: string): TestObject {
  return { bytes, note, etag: `"${createHash("md5").update(bytes).digest("hex")}"` };
}

/** Answers with an error as S3 does: XML with a code and a sentence, which repeats what was sent. */
export function fail(response: ServerResponse, status: number, code: string, more = ""): void {
  const message = `${code}: ${ACCESS_KEY} ${SECRET}`;
  response
    .writeHead(status, { "content-type": "application/xml" })
    .end(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}</Error>`,
    );
}

type Refusal = readonly [status: number, code: string, more?: string];

/** Why a request is not accepted. */
function wrongWith({ method = "", url = "", headers }: IncomingMessage, body: Buffer): Refusal | undefined {
  const authorization = authorizationOf(headers.authorization);
  if (authorization === undefined) return [403, "AccessDenied"];
  const { accessKeyId, date, region, signedHeaders, signature } = authorization;
  if (accessKeyId !== ACCESS_KEY) return [403, "InvalidAccessKeyId"];
  if (region !== REGION) return [400, "AuthorizationHeaderMalformed", `<Region>${REGION}</Region>`];
  if (headers["x-amz-security-token"] !== TOKEN) return [400, "InvalidToken"];
  const needed = ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))];
  if (needed.some((name) => !signedHeaders.includes(name)) || !String(headers["x-amz-date"]).startsWith(date))
    return [403, "AccessDenied"];
  if (headers["x-amz-content-sha256"] !== sha256(body)) return [400, "XAmzContentSHA256Mismatch"];
  if (signatureOf({ method, target: url, headers }, authorization, SECRET) !== signature)
    return [403, "SignatureDoesNotMatch"];
  return undefined;
}

interface Asked {
  readonly body: Buffer;
  readonly server: TestS3;
}

function answer(request: IncomingMessage, response: ServerResponse, { body, server }: Asked): void {
  const [path, query = ""] = (request.url ?? "").split("?");
  const [, bucket, key = ""] = /^\/([^/]+)\/(.*)$/.exec(decodeURIComponent(path)) ?? [];
  if (bucket !== BUCKET) return void fail(response, 404, "NoSuchBucket");
  if (key === "") return void list(response, new URLSearchParams(query), server);
  if (request.method === "PUT") return void put(request, response, { key, body, server });
  if (request.method === "DELETE") {
    server.objects.delete(key);
    return void response.writeHead(204).end();
  }
  get(request, response, server.objects.get(key));
}

function put(
  { headers }: IncomingMessage,
  response: ServerResponse,
  { key, body, server }: Asked & { readonly key: string },
): void {
  if (headers["if-none-match"] === "*") {
    if (server.conditions === "refused") return void fail(response, 501, "NotImplemented");
    if (server.conditions === "kept" && server.objects.has(key)) return void fail(response, 412, "PreconditionFailed");
  }
  const object = objectOf(body, headers[NOTE] as string | undefined);
  server.objects.set(key, object);
  response.writeHead(200, { etag: object.etag }).end();
}

function get({ headers, method }: IncomingMessage, response: ServerResponse, object: TestObject | undefined): void {
  if (object === undefined)
    return void (method === "HEAD" ? response.writeHead(404).end() : fail(response, 404, "NoSuchKey"));
  const { bytes, etag, note } = object;
  if (headers["if-match"] !== undefined && headers["if-match"] !== etag)
    return void fail(response, 412, "PreconditionFailed");
  const fields = { etag, ...(note !== undefined && { [NOTE]: note }) };
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "");
  if (range === null) return void response.writeHead(200, { ...fields, "content-length": bytes.length }).end(bytes);
  const [from, end] = [Number(range[1]), Math.min(bytes.length, Number(range[2]) + 1)];
  if (from >= bytes.length) return void response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
  response
    .writeHead(206, {
      ...fields,
      "content-range": `bytes ${from}-${end - 1}/${bytes.length}`,
      "content-length": end - from,
    })
    .end(bytes.subarray(from, end));
}

/** ListObjectsV2, with keys encoded as S3 does with encoding-type=url. */
function list(response: ServerResponse, query: URLSearchParams, { objects, pageSize }: TestS3): void {
  const [prefix, delimiter, after] = ["prefix", "delimiter", "continuation-token"].map((name) => query.get(name) ?? "");
  if (query.get("list-type") !== "2" || query.get("encoding-type") !== "url")
    return void fail(response, 400, "InvalidRequest");
  const encoded = (text: string): string => encodeURIComponent(text).replaceAll("%2F", "/").replaceAll("%20", "+");
  const items = new Map<string, string>();
  for (const [key, { bytes, etag }] of [...objects].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!key.startsWith(prefix)) continue;
    const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    const name = end < 0 ? key : key.slice(0, end + 1);
    items.set(
      name,
      end < 0
        ? `<Contents><Key>${encoded(key)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>` +
            `<ETag>${etag.replaceAll('"', "&quot;")}</ETag><Size>${bytes.length}</Size></Contents>`
        : `<CommonPrefixes><Prefix>${encoded(name)}</Prefix></CommonPrefixes>`,
    );
  }
  const names = [...items.keys()].filter((name) => name > Buffer.from(after, "base64").toString());
  const page = names.slice(0, pageSize);
  const next = Buffer.from(page.at(-1) ?? "").toString("base64");
  const isTruncated = page.length < names.length;
  response
    .writeHead(200, { "content-type": "application/xml" })
    .end(
      `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
        `<Name>${BUCKET}</Name><Prefix>${encoded(prefix)}</Prefix><EncodingType>url</EncodingType>` +
        `<KeyCount>${page.length}</KeyCount><IsTruncated>${isTruncated}</IsTruncated>` +
        `${isTruncated ? `<NextContinuationToken>${next}</NextContinuationToken>` : ""}` +
        `${page.map((name) => items.get(name)).join("")}</ListBucketResult>`,
    );
}
