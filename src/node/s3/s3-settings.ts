import { OptionError } from "../../formats/index.js";
import { remoteAddress } from "../../remote/index.js";

/** Object storage cannot be used on this machine, or not with this server: the message says what to do. */
export class S3Unavailable extends OptionError {
  constructor(reason: string) {
    super("s3", reason);
  }
}

/** Who asks, and where. The secrets are for signing only: never print this. */
export interface S3Settings {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly region: string;
  /** A server of one's own, addressed by path. Absent: AWS. */
  readonly endpoint?: URL | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The region of requests if none is named: AWS answers with the bucket's own, which the message then has. */
const DEFAULT_REGION = "us-east-1";

/** Set to 1: the server of one's own may be one without TLS. Requests are signed, but anyone between can read them. */
const ALLOW_HTTP = "EIGENSCOPE_S3_HTTP";

/**
 * The settings of the variables that AWS's own programs read: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
 * AWS_SESSION_TOKEN, AWS_REGION or AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL; and of
 * EIGENSCOPE_S3_HTTP. Throws `S3Unavailable`, which shows no value of a secret.
 */
export function s3Settings(environment: Environment): S3Settings {
  const given = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const secret = (name: string): string | undefined => {
    const value = given(name);
    if (value !== undefined && !/^[\x21-\x7e]+$/.test(value))
      throw new S3Unavailable(`the variable ${name} has characters that no credentials have`);
    return value;
  };
  const [accessKeyId, secretAccessKey] = [secret("AWS_ACCESS_KEY_ID"), secret("AWS_SECRET_ACCESS_KEY")];
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new S3Unavailable(
      `an s3:// address needs credentials, and the variable ` +
        `${accessKeyId === undefined ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY"} is not set`,
    );
  const region = given("AWS_REGION") ?? given("AWS_DEFAULT_REGION") ?? DEFAULT_REGION;
  if (!/^[A-Za-z0-9-]{1,64}$/.test(region)) throw new S3Unavailable(`AWS_REGION: "${region}" is no name of a region`);
  const endpoint = endpointIn("AWS_ENDPOINT_URL_S3", given) ?? endpointIn("AWS_ENDPOINT_URL", given);
  return { accessKeyId, secretAccessKey, sessionToken: secret("AWS_SESSION_TOKEN"), region, endpoint };
}

function endpointIn(name: string, given: (name: string) => string | undefined): URL | undefined {
  const text = given(name);
  if (text === undefined) return undefined;
  const http = given(ALLOW_HTTP) === "1";
  let url: URL;
  try {
    url = remoteAddress(text, { http });
  } catch (cause) {
    const own = !http && /^http:/i.test(text) ? ` In a network of your own, set ${ALLOW_HTTP}=1.` : "";
    throw new S3Unavailable(`the variable ${name}: ${(cause as Error).message}${own}`);
  }
  if (url.pathname !== "/" || url.search !== "")
    throw new S3Unavailable(`the variable ${name}: expected the address of a server alone, such as https://host:9000`);
  return url;
}

/** The address of a bucket, with a slash at its end. By path where a server is named, and where the name has dots. */
export function bucketUrl({ region, endpoint }: S3Settings, bucket: string): URL {
  if (endpoint !== undefined) return new URL(`${endpoint.origin}/${bucket}/`);
  const host = `s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
  // A certificate for *.host has no dot in place of the star.
  return new URL(/^[a-z0-9-]+$/.test(bucket) ? `https://${bucket}.${host}/` : `https://${host}/${bucket}/`);
}
