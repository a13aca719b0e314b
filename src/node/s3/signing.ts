import type { S3Settings } from "./s3-settings.js";
import { S3Unavailable } from "./s3-settings.js";

/** What the package for signing is installed with. */
const INSTALL = "npm install aws4fetch@1";

/** One request, before it is signed. */
export interface Unsigned {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body?: Uint8Array | undefined;
}

/** The headers of a request with its signature. */
export type Sign = (request: Unsigned) => Promise<Headers>;

/**
 * Signs requests by AWS Signature Version 4 with aws4fetch. The digest of the body is signed too, so that the server
 * refuses a body that was damaged on its way. Rejects with `S3Unavailable` where the package is not installed.
 */
export async function signerOf(settings: S3Settings): Promise<Sign> {
  const { AwsV4Signer } = await loaded();
  const { accessKeyId, secretAccessKey, sessionToken, region } = settings;
  const identity = { accessKeyId, secretAccessKey, region, service: "s3", cache: new Map<string, ArrayBuffer>() };
  return async ({ method, url, headers, body = new Uint8Array(0) }) => {
    const digest = await crypto.subtle.digest("SHA-256", body as Uint8Array<ArrayBuffer>);
    const asked = new Headers(headers);
    asked.set("x-amz-content-sha256", Buffer.from(digest).toString("hex"));
    const signer = new AwsV4Signer({
      ...{ ...identity, method, url: url.href, headers: asked },
      ...(sessionToken !== undefined && { sessionToken }),
    });
    return (await signer.sign()).headers;
  };
}

async function loaded(): Promise<typeof import("aws4fetch")> {
  try {
    return await import("aws4fetch");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw cause;
    throw new S3Unavailable(`an s3:// address needs a package that is not installed; run: ${INSTALL}`);
  }
}
