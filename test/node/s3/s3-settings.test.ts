import { describe, expect, it } from "vitest";
import { bucketUrl, s3Settings } from "#eigenscope/node/s3/s3-settings.js";

const KEYS = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };
const urlOf = (environment: Record<string, string>, bucket = "bucket"): string =>
  bucketUrl(s3Settings({ ...KEYS, ...environment }), bucket).href;

describe("the settings of object storage", () => {
  it("come from the variables that AWS's own programs read", () => {
    expect(
      s3Settings({ ...KEYS, AWS_SESSION_TOKEN: "token", AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "x" }),
    ).toEqual({
      ...{ accessKeyId: "id", secretAccessKey: "secret", sessionToken: "token", region: "eu-west-1" },
      endpoint: undefined,
    });
    expect(s3Settings({ ...KEYS, AWS_DEFAULT_REGION: "eu-north-1" }).region).toBe("eu-north-1");
    expect(s3Settings({ ...KEYS, AWS_SESSION_TOKEN: "" })).toMatchObject({
      region: "us-east-1",
      sessionToken: undefined,
    });
  });

  it.each([
    [{}, "https://bucket.s3.us-east-1.amazonaws.com/"],
    [{ AWS_REGION: "cn-north-1" }, "https://bucket.s3.cn-north-1.amazonaws.com.cn/"],
    [{ AWS_ENDPOINT_URL: "https://store.example:9000" }, "https://store.example:9000/bucket/"],
    [{ AWS_ENDPOINT_URL: "https://a.example", AWS_ENDPOINT_URL_S3: "https://b.example/" }, "https://b.example/bucket/"],
    [{ AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9000" }, "http://127.0.0.1:9000/bucket/"],
    [{ AWS_ENDPOINT_URL: "http://store:9000", EIGENSCOPE_S3_HTTP: "1" }, "http://store:9000/bucket/"],
  ])("say where a bucket is: %j", (environment, url) => {
    expect(urlOf(environment)).toBe(url);
  });

  it("address a bucket by path where its name has dots or capitals: no certificate has those", () => {
    expect(urlOf({}, "my.bucket")).toBe("https://s3.us-east-1.amazonaws.com/my.bucket/");
    expect(urlOf({}, "Bucket")).toBe("https://s3.us-east-1.amazonaws.com/Bucket/");
  });

  it.each([
    [{}, "needs credentials, and the variable AWS_ACCESS_KEY_ID is not set"],
    [{ AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: " " }, "the variable AWS_SECRET_ACCESS_KEY is not set"],
    [{ ...KEYS, AWS_SECRET_ACCESS_KEY: "hid\nden" }, "AWS_SECRET_ACCESS_KEY has characters that no credentials have"],
    [{ ...KEYS, AWS_SESSION_TOKEN: "hid den" }, "AWS_SESSION_TOKEN has characters that no credentials have"],
    [{ ...KEYS, AWS_REGION: "eu/west" }, 'AWS_REGION: "eu/west" is no name of a region'],
    [{ ...KEYS, AWS_ENDPOINT_URL: "http://store.example" }, "AWS_ENDPOINT_URL: http://store.example/: only https://"],
    [{ ...KEYS, AWS_ENDPOINT_URL: "http://store" }, "In a network of your own, set EIGENSCOPE_S3_HTTP=1."],
    [{ ...KEYS, AWS_ENDPOINT_URL: "http://store", EIGENSCOPE_S3_HTTP: "0" }, "only https://"],
    [{ ...KEYS, AWS_ENDPOINT_URL: "ftp://store", EIGENSCOPE_S3_HTTP: "1" }, "only https://"],
    [{ ...KEYS, AWS_ENDPOINT_URL: "http://me:hidden@store", EIGENSCOPE_S3_HTTP: "1" }, "user name or password"],
    [{ ...KEYS, AWS_ENDPOINT_URL_S3: "https://me:hidden@store" }, "carries a user name or password"],
    [{ ...KEYS, AWS_ENDPOINT_URL_S3: "https://store/path" }, "expected the address of a server alone"],
    [{ ...KEYS, AWS_ENDPOINT_URL_S3: "https://store/?hidden" }, "expected the address of a server alone"],
    [{ ...KEYS, AWS_ENDPOINT_URL_S3: "store" }, "this is not a valid address"],
  ])("are refused with what to do, and no secret: %j", (environment, message) => {
    expect(() => s3Settings(environment)).toThrow(message);
    expect(() => s3Settings(environment)).not.toThrow(/hid/);
  });
});
