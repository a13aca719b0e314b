import { describe, expect, it } from "vitest";
import { authorizationOf, signatureOf } from "./sigv4.js";

/** The examples of Amazon's document "Authenticating Requests: Using the Authorization Header" (GET, PUT, list). */
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const common = { host: "examplebucket.s3.amazonaws.com", "x-amz-date": "20130524T000000Z" };
const EXAMPLES = [
  {
    ...{
      method: "GET",
      target: "/test.txt",
      headers: { ...common, range: "bytes=0-9", "x-amz-content-sha256": EMPTY },
    },
    signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  },
  {
    ...{ method: "GET", target: "/?max-keys=2&prefix=J", headers: { ...common, "x-amz-content-sha256": EMPTY } },
    signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  },
];

describe("the tests' own check of signatures", () => {
  it.each(EXAMPLES)(
    "finds what Amazon's document has for $method $target",
    ({ method, target, headers, signature }) => {
      const signed = {
        ...{ date: "20130524", region: "us-east-1", service: "s3" },
        signedHeaders: Object.keys(headers).sort(),
      };
      const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
      expect(signatureOf({ method, target, headers }, signed, secret)).toBe(signature);
    },
  );

  it("reads the field, and nothing else", () => {
    const field =
      "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request," +
      `SignedHeaders=host;range;x-amz-date,Signature=${EXAMPLES[0].signature}`;
    expect(authorizationOf(field)).toEqual({
      ...{ accessKeyId: "AKIAIOSFODNN7EXAMPLE", date: "20130524", region: "us-east-1", service: "s3" },
      ...{ signedHeaders: ["host", "range", "x-amz-date"], signature: EXAMPLES[0].signature },
    });
    expect(authorizationOf(`${field}0`)).toBeUndefined();
    expect(authorizationOf(undefined)).toBeUndefined();
  });
});
