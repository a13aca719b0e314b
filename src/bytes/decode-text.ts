/**
 * The text of a file that people and other programs write: UTF-8, or UTF-16 with its byte-order mark, which is what
 * PowerShell writes for `>`. The mark is no part of the text. Line ends stay as they are. Invalid bytes become U+FFFD.
 */
export function decodeText(bytes: Uint8Array): string {
  const isLittle = bytes[0] === 0xff && bytes[1] === 0xfe;
  const isBig = bytes[0] === 0xfe && bytes[1] === 0xff;
  return new TextDecoder(isLittle ? "utf-16le" : isBig ? "utf-16be" : "utf-8").decode(bytes);
}
