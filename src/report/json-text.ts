/**
 * JSON with a final newline. DEL, the C1 controls and the marks that change the direction of writing, which JSON allows
 * raw in a string, are escaped (\u009b), so that no name from a file can steer a terminal; the value that is read back
 * is the same.
 */
export function jsonText(value: unknown, indent?: number): string {
  return `${JSON.stringify(value, null, indent).replace(STEERING, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}

/** What `printable` replaces and JSON.stringify leaves as it is. */
const STEERING = /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
