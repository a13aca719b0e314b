import { describe, expect, it } from "vitest";
import { decodeText } from "#eigenscope/bytes/decode-text.js";

const TEXT = '{"name": "é"}\r\n';

describe("the text of a file", () => {
  it.each([
    ["UTF-8", Buffer.from(TEXT)],
    ["UTF-8 with a mark", Buffer.from(`\ufeff${TEXT}`)],
    ["UTF-16, as PowerShell writes it", Buffer.from(`\ufeff${TEXT}`, "utf16le")],
    ["UTF-16, the other way round", Buffer.from(`\ufeff${TEXT}`, "utf16le").swap16()],
  ])("in %s", (_, bytes) => {
    expect(decodeText(bytes)).toBe(TEXT);
  });

  it("without a mark is UTF-8, whatever is in it", () => {
    expect(decodeText(Uint8Array.of(0xff, 0x41))).toBe("\ufffdA");
    expect(decodeText(Uint8Array.of(0xfe, 0x41))).toBe("\ufffdA");
    expect(decodeText(new Uint8Array())).toBe("");
  });
});
