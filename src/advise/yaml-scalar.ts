/** Plain scalars that every reader of YAML takes as the same text. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_./-]*$/;
/** Words that a reader of YAML 1.1 takes as another value. */
const RESERVED = /^(?:true|false|yes|no|on|off|y|n|null)$/i;

/** A text as a scalar of YAML: plain if that is safe, else in double quotes, which YAML reads as JSON does. */
export function yamlText(text: string): string {
  return PLAIN.test(text) && !RESERVED.test(text) ? text : JSON.stringify(text);
}

/** A number as a scalar that YAML 1.1 reads as a number too: with a dot before an exponent (1.0e-05, not 1e-05). */
export function yamlNumber(value: number): string {
  const text = String(value);
  if (!text.includes("e")) return text;
  const [digits, exponent] = value.toExponential().split("e");
  return `${digits.includes(".") ? digits : `${digits}.0`}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}
