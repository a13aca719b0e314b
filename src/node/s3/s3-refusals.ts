import { FormatError } from "../../formats/index.js";
import { retryAfterMs, Transient } from "../../remote/retry.js";
import { S3Unavailable } from "./s3-settings.js";

/** An answer of the server that is no success. */
export interface S3Answer {
  readonly status: number;
  /** The server's word for it ("AccessDenied"); undefined if it gives none, as for HEAD. */
  readonly code?: string | undefined;
  /** The region that the server names as the bucket's. */
  readonly region?: string | undefined;
  /** Fields of its head. */
  readonly retryAfter: string | null;
  readonly date: string | null;
}

/** The request that was answered. */
export interface S3Request {
  /** The address of the object, for messages. */
  readonly shown: string;
  /** The region that it was signed for. */
  readonly region: string;
  /** Whether it was to write only where nothing is. */
  readonly once: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Answers that another attempt may change, beside 408, 429 and all from 500 on. */
const PASSING = new Set(["RequestTimeout", "SlowDown", "OperationAborted", "ConditionalRequestConflict"]);
const CREDENTIALS = new Set(["SignatureDoesNotMatch", "InvalidAccessKeyId", "InvalidSecurity"]);
const EXPIRED = new Set(["ExpiredToken", "InvalidToken", "TokenRefreshRequired"]);

/**
 * The error of a refusal: `Transient` for another attempt, else what is wrong and what to do. The server's own
 * sentences are never shown: they repeat parts of the signature.
 */
export function refusedByS3(answer: S3Answer, request: S3Request): Error {
  const { status, code, region } = answer;
  const { shown, once } = request;
  const refused = (reason: string, remedy: string): FormatError =>
    new FormatError(`${reason} (status ${status}${code === undefined ? "" : `, ${code}`})`, {
      kind: status === 404 ? "missing" : "unreadable",
      file: shown,
      remedy,
    });
  if (once && (status === 501 || code === "NotImplemented")) return withoutConditions();
  if (PASSING.has(code ?? "") || status === 408 || status === 429 || (status >= 500 && status !== 501)) {
    const what = status === 429 || code === "SlowDown" ? "the server asks for fewer requests" : "the server failed";
    return new Transient(`${what} (status ${status})`, retryAfterMs(answer.retryAfter, request.now));
  }
  if (code === "RequestTimeTooSkewed")
    return refused(
      "the clock of this machine differs too much from the server's",
      answer.date === null ? "Set the clock." : `Set the clock: the server has ${answer.date}.`,
    );
  if (region !== undefined && region !== request.region)
    return refused(
      `the bucket is in the region ${region}, and the request was for ${request.region}`,
      `Set AWS_REGION=${region}.`,
    );
  if (status === 301 || status === 307)
    return refused("the server sends this bucket's requests elsewhere", "Check AWS_REGION and AWS_ENDPOINT_URL_S3.");
  if (CREDENTIALS.has(code ?? ""))
    return refused("the server does not accept the credentials", "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.");
  if (EXPIRED.has(code ?? ""))
    return refused("the credentials have expired", "Get new ones: AWS_SESSION_TOKEN and its keys.");
  if (status === 401 || status === 403)
    return refused(
      "the server refuses access",
      "Check what these credentials may do; without the right to list the bucket, what is missing looks the same.",
    );
  if (code === "NoSuchBucket")
    return refused("there is no such bucket", "Check its name, AWS_REGION and AWS_ENDPOINT_URL_S3.");
  if (status === 404) return refused("there is no such object", "Check the address.");
  return refused("the server refuses the request", "Is AWS_ENDPOINT_URL_S3 the address of an S3-compatible server?");
}

/** The server cannot keep what was written first. */
export function withoutConditions(): S3Unavailable {
  return new S3Unavailable(
    "the server does not support conditional writes (If-None-Match: *), by which a run keeps what was written first; " +
      "use another server or a newer version of it, or a folder that all machines share",
  );
}
