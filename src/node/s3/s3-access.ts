import type { RemoteHost } from "../../remote/index.js";
import { discard } from "../../remote/request.js";
import { nodeRemoteHost } from "../remote-host.js";
import { shownS3 } from "./s3-address.js";
import { refusedByS3, type S3Answer } from "./s3-refusals.js";
import { bucketUrl, type S3Settings, s3Settings } from "./s3-settings.js";
import { type Sign, signerOf } from "./signing.js";
import { textsOf } from "./xml.js";

/** What requests to one bucket need. */
export interface S3Access {
  readonly bucket: string;
  readonly settings: S3Settings;
  /** The address of the bucket, with a slash at its end. */
  readonly url: URL;
  readonly sign: Sign;
  readonly host: RemoteHost;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The world that settings come from and requests go to: this process's, unless a test has its own. */
export interface S3World {
  readonly environment?: Environment | undefined;
  readonly host?: RemoteHost | undefined;
}

/** Access to a bucket by the environment's settings. Rejects with `S3Unavailable`. */
export async function s3Access(
  bucket: string,
  { environment = process.env, host = nodeRemoteHost }: S3World = {},
): Promise<S3Access> {
  const settings = s3Settings(environment);
  return { bucket, settings, url: bucketUrl(settings, bucket), sign: await signerOf(settings), host };
}

/** Errors are a few hundred bytes. */
const MAX_ERROR_CHARACTERS = 65_536;

/**
 * A host whose requests for the bucket are signed; others, which a redirect may lead to, are not. Answers are
 * successes, 304, 404, 412 and 416, all without a body but the successes; any other rejects with what `refusedByS3`
 * says.
 */
export function signedHost({ bucket, settings, url: home, sign, host }: S3Access): RemoteHost {
  return {
    ...host,
    async fetch(input, init = {}) {
      const url = new URL(input instanceof Request ? input.url : String(input));
      const own = url.origin === home.origin && url.pathname.startsWith(home.pathname);
      if (!own) return host.fetch(input, init);
      const { method = "GET", body } = init;
      const headers = await sign({ method, url, headers: new Headers(init.headers), body: body as Uint8Array });
      const response = await host.fetch(url, { ...init, headers, redirect: "manual" });
      if (response.ok) return response;
      const answer = await answerOf(response);
      if (isExpected(answer)) return new Response(null, { status: answer.status, headers: response.headers });
      const key = keyOf(url, home);
      const once = headers.get("if-none-match") === "*";
      throw refusedByS3(answer, {
        ...{ shown: shownS3({ bucket, key }), region: settings.region, once, now: host.now() },
      });
    },
  };
}

function isExpected({ status, code }: S3Answer): boolean {
  return [304, 412, 416].includes(status) || (status === 404 && code !== "NoSuchBucket");
}

/** The key that an address of the bucket names. */
function keyOf(url: URL, home: URL): string {
  const key = url.pathname.slice(home.pathname.length);
  return decodeURIComponent(key === "" ? encodeURIComponent(url.searchParams.get("prefix") ?? "") : key);
}

async function answerOf(response: Response): Promise<S3Answer> {
  const { status, headers } = response;
  // A server that fails may break off in its answer; what counts is there.
  const text = await textOf(response).catch(() => "");
  const word = (name: string, shape: RegExp): string | undefined =>
    textsOf(text, name).find((found) => shape.test(found));
  const region = headers.get("x-amz-bucket-region") ?? word("Region", /./) ?? "";
  return {
    status,
    code: word("Code", /^\w{1,64}$/),
    region: /^[A-Za-z0-9-]{1,64}$/.test(region) ? region : undefined,
    retryAfter: headers.get("retry-after"),
    date: headers.get("date"),
  };
}

async function textOf(response: Response): Promise<string> {
  if (Number(response.headers.get("content-length")) <= MAX_ERROR_CHARACTERS) return response.text();
  discard(response);
  return "";
}
