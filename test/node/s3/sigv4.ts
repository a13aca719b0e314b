import { createHash, createHmac } from "node:crypto";

/**
 * AWS Signature Version 4 of a request, as a server computes it, written after the documents of Amazon S3
 * ("Authenticating Requests: Using the Authorization Header"). It shares no code with what signs.
 */
export interface Signed {
  readonly method: string;
  /** As it was sent: encoded path, and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Authorization {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** Reads an Authorization field. Undefined if it is none of this kind. */
export function authorizationOf(field: string | undefined): Authorization | undefined {
  const scope = /Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request/.source;
  const shape = new RegExp(`^AWS4-HMAC-SHA256 ${scope}, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$`);
  const [, accessKeyId, date, region, service, headers, signature] = shape.exec(field ?? "") ?? [];
  if (signature === undefined) return undefined;
  return { accessKeyId, date, region, service, signedHeaders: headers.split(";"), signature };
}

/** The signature that the request should have. */
export function signatureOf(
  { method, target, headers }: Signed,
  { date, region, service, signedHeaders }: Omit<Authorization, "signature" | "accessKeyId">,
  secretAccessKey: string,
): string {
  const [path, query = ""] = target.split("?");
  const canonical = [
    method,
    path
      .split("/")
      .map((part) => encode(decodeURIComponent(part)))
      .join("/"),
    canonicalQuery(query),
    ...signedHeaders.map(
      (name) =>
        `${name}:${String(headers[name] ?? "")
          .trim()
          .replaceAll(/ +/g, " ")}`,
    ),
    "",
    signedHeaders.join(";"),
    String(headers["x-amz-content-sha256"]),
  ].join("\n");
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", String(headers["x-amz-date"]), scope, sha256(canonical)].join("\n");
  const key = [date, region, service, "aws4_request"].reduce<string | Buffer>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    `AWS4${secretAccessKey}`,
  );
  return createHmac("sha256", key).update(text).digest("hex");
}

function canonicalQuery(query: string): string {
  if (query === "") return "";
  const pairs = query.split("&").map((pair) => {
    const [name, value = ""] = pair.split("=");
    return `${encode(decodeURIComponent(name))}=${encode(decodeURIComponent(value))}`;
  });
  return pairs.sort((a, b) => (a < b ? -1 : 1)).join("&");
}

function encode(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return /[A-Za-z0-9\-._~]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
