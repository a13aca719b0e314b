import { type HeadPlan, type StatedHeads, UNKNOWN_HEADS } from "../layers/heads.js";

/** More heads than any model has. */
const MAX_HEADS = 4096;
/** How many names a warning lists. */
const MAX_NAMES = 2;

/**
 * The value of the option heads: false, true (the file, its graph or config.json tells the number), or the number of
 * heads that the user states: 12, "12", or "12/4" for 12 of queries and 4 of keys and values. Throws `RangeError` for
 * any other value.
 */
export function readHeads(value: unknown): false | true | StatedHeads {
  if (typeof value === "boolean") return value;
  const match = /^(\d+)(?:\/(\d+))?$/.exec(String(value));
  const [heads, keyValueHeads] = [match?.[1], match?.[2] ?? match?.[1]].map(Number);
  const fits = heads >= 1 && heads <= MAX_HEADS && keyValueHeads >= 1 && heads % keyValueHeads === 0;
  if (match === null || !fits)
    throw new RangeError(
      `option heads: found ${JSON.stringify(value)}, expected true, false, a number of heads from 1 to ${MAX_HEADS} ` +
        'such as 12, or "12/4" for 12 heads of queries and 4 of keys and values, which must divide 12',
    );
  return match[2] === undefined ? { heads } : { heads, keyValueHeads };
}

/** What the plan could not cut, one sentence per reason, with what to do. */
export function headWarnings(
  {
    layers,
    uncut,
  }: { readonly layers: readonly { readonly heads?: unknown }[]; readonly uncut?: HeadPlan["uncut"] | undefined },
  { headConfig }: { readonly headConfig?: unknown },
): string[] {
  if (uncut === undefined) return [];
  if (uncut.length === 0 && !layers.some(({ heads }) => heads !== undefined))
    return ["--heads: no layer is a projection of attention by its name"];
  const byReason = new Map<string, string[]>();
  for (const { name, reason } of uncut) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  return [...byReason].map(([reason, names]) => {
    const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
    const remedy = reason === UNKNOWN_HEADS ? remedyFor(headConfig !== undefined) : "";
    return `--heads: not cut into heads: ${names.slice(0, MAX_NAMES).join(", ")}${more}: ${reason}${remedy}`;
  });
}

function remedyFor(hasConfig: boolean): string {
  const where = hasConfig
    ? "config.json beside the model does not give it"
    : "no config.json beside the model gives it";
  return (
    `; ${where} (num_attention_heads, num_key_value_heads, head_dim). State it with --heads=12, ` +
    "or --heads=12/4 for 12 heads of queries and 4 of keys and values"
  );
}
