import { describe, expect, it } from "vitest";
import {
  asFolder,
  encodedKey,
  folderOf,
  isBelow,
  isS3Address,
  s3Address,
  shownS3,
} from "#eigenscope/node/s3/s3-address.js";

describe("an address of object storage", () => {
  it.each([
    ["s3://bucket", { bucket: "bucket", key: "" }],
    ["s3://bucket/", { bucket: "bucket", key: "" }],
    ["S3://bucket/a", { bucket: "bucket", key: "a" }],
    ["s3://my.bucket-1/a/b c+d%2e%2e?e#f*.npy", { bucket: "my.bucket-1", key: "a/b c+d%2e%2e?e#f*.npy" }],
    ["s3://bucket/folder/", { bucket: "bucket", key: "folder/" }],
    ["s3://bucket/a..b/...c", { bucket: "bucket", key: "a..b/...c" }],
    ["s3://bucket/größe", { bucket: "bucket", key: "größe" }],
    [`s3://bucket/${"k".repeat(1024)}`, { bucket: "bucket", key: "k".repeat(1024) }],
  ])("is a bucket and a key, letter by letter: %s", (text, address) => {
    expect([isS3Address(text), s3Address(text)]).toEqual([true, address]);
  });

  it.each([
    "s3://",
    "s3://b",
    "s3://b/key",
    "s3://-bucket/key",
    "s3://buc..ket/key",
    "s3://user:password@bucket/key",
    "s3://bucket:9000/key",
    "s3://bucket/../other",
    "s3://bucket/a/../b",
    "s3://bucket/a/..",
    "s3://bucket/./a",
    "s3://bucket/a//b",
    "s3://bucket//a",
    "s3://bucket/a//",
    "s3://bucket/a\nb",
    "s3://bucket/a\ud800",
    `s3://bucket/${"k".repeat(1025)}`,
    `s3://bucket/${"ö".repeat(513)}`,
  ])("is refused, where it is none: %j", (text) => {
    expect(() => s3Address(text)).toThrow(/no bucket is called|the key has/);
    expect(() => s3Address(text, "run")).toThrow("option run: found");
  });

  it("is written as it was read, and knows its folder", () => {
    for (const text of ["s3://bucket", "s3://bucket/a/b", "s3://bucket/a/b/"])
      expect(shownS3(s3Address(text))).toBe(text);
    const of = (text: string): string[] => [asFolder(s3Address(text)).key, folderOf(s3Address(text)).key];
    expect(["s3://bucket", "s3://bucket/a", "s3://bucket/a/b", "s3://bucket/a/b/"].map(of)).toEqual([
      ["", ""],
      ["a/", ""],
      ["a/b/", "a/"],
      ["a/b/", "a/b/"],
    ]);
  });

  it.each([
    ["s3://bucket/models/a", "s3://bucket/models", true],
    ["s3://bucket/models/a", "s3://bucket/models/", true],
    ["s3://bucket/models", "s3://bucket/models/", true],
    ["s3://bucket/models/a", "s3://bucket", true],
    ["s3://bucket/models-secret/a", "s3://bucket/models", false],
    ["s3://bucket/model", "s3://bucket/models", false],
    ["s3://bucket/Models/a", "s3://bucket/models", false],
    ["s3://bucket2/models/a", "s3://bucket/models", false],
    ["s3://bucket/models%2fa", "s3://bucket/models", false],
    ["s3://bucket", "s3://bucket/models", false],
  ])("%s in %s: %s", (text, folder, isIn) => {
    expect(isBelow(s3Address(text), s3Address(folder))).toBe(isIn);
  });

  it("is encoded so that no server reads another key", () => {
    const key = "a b/%2e%2e/c+d!'()*?&=#ö~-._";
    expect(encodedKey(key)).toBe("a%20b/%252e%252e/c%2Bd%21%27%28%29%2A%3F%26%3D%23%C3%B6~-._");
    const { pathname, search } = new URL(encodedKey(key), "https://bucket.example/");
    expect([decodeURIComponent(pathname), search]).toEqual([`/${key}`, ""]);
  });
});
