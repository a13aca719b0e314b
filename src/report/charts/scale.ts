/** The map from the numbers of an axis to pixels. Plain data: `at` and `invert` read it. */
export interface Scale {
  readonly kind: "linear" | "log";
  readonly domain: readonly [from: number, to: number];
  /** Pixels of the two ends; of a vertical axis the first is the lower end, the larger number. */
  readonly range: readonly [from: number, to: number];
}

/** Part of an axis to show, in the axis' own numbers. */
export type Interval = readonly [from: number, to: number];

/** A linear axis. Throws `RangeError` if the domain is empty or not finite. */
export function linearScale(domain: Interval, range: Interval): Scale {
  return { kind: "linear", domain: checked(domain), range };
}

/** A logarithmic axis. Throws `RangeError` if the domain is empty, not finite, or reaches 0. */
export function logScale(domain: Interval, range: Interval): Scale {
  if (!(domain[0] > 0)) throw new RangeError(`a logarithmic axis needs a domain above 0, got ${domain.join(" to ")}`);
  return { kind: "log", domain: checked(domain), range };
}

function checked(domain: Interval): Interval {
  const [from, to] = domain;
  if (!(Number.isFinite(from) && Number.isFinite(to) && from < to))
    throw new RangeError(`an axis needs a domain from a smaller to a larger number, got ${from} to ${to}`);
  return domain;
}

/** The pixel of a value: linear in the value, or in its logarithm. Values outside the domain lie outside the range. */
export function at({ kind, domain: [from, to], range: [start, end] }: Scale, value: number): number {
  const t = kind === "log" ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
  return start + t * (end - start);
}

/** The pixel of a value, or of the nearer end of the domain if the value lies outside. */
export function atInside(scale: Scale, value: number): number {
  const [from, to] = scale.domain;
  return at(scale, Math.min(to, Math.max(from, value)));
}

/** The value at a pixel: the inverse of `at`. */
export function invert({ kind, domain: [from, to], range: [start, end] }: Scale, pixel: number): number {
  const t = (pixel - start) / (end - start);
  return kind === "log" ? from * (to / from) ** t : from + t * (to - from);
}

/** Whether a value lies in the domain, its ends included. */
export function isInside({ domain: [from, to] }: Scale, value: number): boolean {
  return value >= from && value <= to;
}

/** Round numbers within the domain, ascending, at most about `most` of them. */
export function ticks({ kind, domain: [from, to] }: Scale, most: number): number[] {
  return kind === "log" ? logTicks(from, to, most) : linearTicks(from, to, most);
}

/** Multiples of 1, 2 or 5 times a power of ten: the finest step with at most `most` multiples inside. */
export function linearTicks(from: number, to: number, most: number): number[] {
  const power = 10 ** Math.floor(Math.log10((to - from) / most));
  for (const factor of [1, 2, 5, 10, 20, 50]) {
    const step = factor * power;
    // Rounding must not lose a tick at an end of the domain.
    const first = Math.ceil(from / step - 1e-9);
    const last = Math.floor(to / step + 1e-9);
    if (last - first + 1 <= most)
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => decimal((first + i) * step));
  }
  return [];
}

/** Steps within a decade, from the finest on. */
const STEPS = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 5], [1, 3], [1]] as const;

/**
 * Ticks of a logarithmic axis: powers of ten, with multiples where there is room. Over many decades some powers are
 * omitted. In less than a decade without two such ticks they are evenly spaced numbers.
 */
export function logTicks(from: number, to: number, most: number): number[] {
  for (const steps of STEPS) {
    const found = multiples(from, to, steps, 1);
    if (found.length > most) continue;
    return found.length < 2 ? linearTicks(from, to, Math.min(most, 4)) : found;
  }
  for (let stride = 2; ; stride++) {
    const found = multiples(from, to, [1], stride);
    if (found.length <= Math.max(1, most)) return found;
  }
}

function multiples(from: number, to: number, steps: readonly number[], stride: number): number[] {
  const first = Math.floor(Math.log10(from));
  const last = Math.ceil(Math.log10(to));
  const found: number[] = [];
  for (let power = Math.ceil(first / stride) * stride; power <= last; power += stride)
    for (const step of steps) {
      const tick = power < 0 ? step / 10 ** -power : step * 10 ** power;
      if (tick >= from * (1 - 1e-9) && tick <= to * (1 + 1e-9)) found.push(tick);
    }
  return found;
}

function decimal(value: number): number {
  return Number(value.toPrecision(12)) + 0;
}
