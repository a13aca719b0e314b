import type { Pace } from "../../bytes/pace.js";
import { elementCount } from "../shape.js";
import type { Parts } from "./part.js";
import type { Refusal, Scheme, SchemeContext, StoredWeight, WeightReading } from "./scheme.js";
import { SCHEMES } from "./schemes.js";

/**
 * Rows that are packed together are decoded together: 256 MB of them; the longest in use (32 rows over 262,144 words)
 * need an eighth of that.
 */
const MAX_BAND = 2 ** 26;

/** Steps to look for a scheme's parts in one tensor, and to compose one weight. */
const PART_STEPS = 4;
/** Memory of a part: two closures and its record. */
export const PART_BYTES = 300;
const WEIGHT_STEPS = 64;

/** The weights that schemes found among the tensors, and those that they refused. */
export interface Found {
  /** By the name of their codes. */
  readonly weights: ReadonlyMap<string, { readonly stored: StoredWeight; readonly reading: WeightReading }>;
  /** By a part's name, the weight that took it. */
  readonly partOf: ReadonlyMap<string, string>;
  readonly refused: readonly (readonly [scheme: Scheme, weight: RefusedWeight])[];
}

/** A weight that a scheme knows but cannot read. */
export interface RefusedWeight extends Pick<StoredWeight, "name" | "parts"> {
  readonly reason: string;
}

/** Asks every scheme for its weights. Each part belongs to one weight only. */
export async function findWeights(
  parts: Parts,
  { context, pace }: { readonly context: SchemeContext; readonly pace: Pace },
): Promise<Found> {
  const weights = new Map<string, { readonly stored: StoredWeight; readonly reading: WeightReading }>();
  const partOf = new Map<string, string>();
  const refused: (readonly [Scheme, RefusedWeight])[] = [];
  const recognised = new Set<string>();
  for (const scheme of SCHEMES) {
    if (pace.spend(PART_STEPS * parts.size)) await pace.turn();
    for (const stored of await scheme.find(parts, context)) {
      if (pace.spend(WEIGHT_STEPS)) await pace.turn();
      const [codes] = stored.parts;
      if (recognised.has(codes.name)) continue;
      recognised.add(codes.name);
      const reading = accepted(stored, { parts, partOf });
      if ("reason" in reading) {
        refused.push([scheme, { name: stored.name, parts: stored.parts, reason: reading.reason }]);
        continue;
      }
      weights.set(stored.parts[0].name, { stored, reading });
      for (const part of stored.parts) partOf.set(part.name, stored.name);
    }
  }
  return { weights, partOf, refused };
}

interface Claims {
  readonly parts: Parts;
  /** Names of parts that weights have claimed. */
  readonly partOf: ReadonlyMap<string, string>;
}

/**
 * Checks every scheme's result: a malicious file may let two weights share a part, or hold another tensor with a
 * weight's name, or no elements.
 */
function accepted({ name, parts: members, reading }: StoredWeight, { parts, partOf }: Claims): WeightReading | Refusal {
  if ("reason" in reading) return reading;
  const taken = members.some((part) => partOf.has(part.name)) || (members[0].name !== name && parts.has(name));
  if (taken) return { reason: "its name, or one of its parts, belongs to another weight" };
  const { rows, cols, band } = reading.rows;
  const count = elementCount(reading.shape);
  if (!count || rows * cols !== count) return { reason: `its shape [${reading.shape.join(", ")}] holds no weights` };
  return band * cols > MAX_BAND
    ? { reason: `${band} rows of ${cols} weights are too long to decode together` }
    : reading;
}
