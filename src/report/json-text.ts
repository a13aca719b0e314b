/**
 * JSON with a final newline. JSON allows DEL, the C1 controls and marks of writing direction raw in a string. Here they
 * are escaped (\u009b), so that no name from a file can control a terminal. The parsed value is the same.
 */
export function jsonText(value: unknown, indent?: number): string {
  return `${JSON.stringify(value, null, indent).replace(UNSAFE_CHARACTERS, escaped)}\n`;
}

function escaped(mark: string): string {
  return `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Characters that `printable` replaces and JSON.stringify does not escape. */
const UNSAFE_CHARACTERS = /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
