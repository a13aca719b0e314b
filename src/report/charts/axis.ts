const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
/** Values from 10^from to 10^to are written as plain decimals. */
const PLAIN_POWERS = { from: -3, to: 4 };
/** Most labels on a logarithmic axis; more would overlap on a narrow chart. */
const MAX_LABELS = 7;

/** Ticks of a logarithmic axis: powers of ten. Over many decades some are omitted; over few, multiples are added. */
export function logTicks(from: number, to: number): number[] {
  const first = Math.floor(Math.log10(from));
  const last = Math.ceil(Math.log10(to));
  const decades = Math.log10(to) - Math.log10(from);
  const steps = decades < 1 ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : decades < 2.5 ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.ceil(decades / MAX_LABELS));
  const ticks: number[] = [];
  for (let power = Math.ceil(first / stride) * stride; power <= last; power += stride) {
    for (const step of steps) {
      const tick = power < 0 ? step / 10 ** -power : step * 10 ** power;
      if (tick >= from && tick <= to) ticks.push(tick);
    }
  }
  return ticks;
}

/** Examples: 0.01, 1, 500; outside the plain range 10⁻⁵, 2·10⁶. */
export function logTickText(tick: number): string {
  return tickText(tick, 1);
}

/** A tick of a linear axis, without trailing zeros. */
export function linearTickText(tick: number): string {
  return tick === 0 ? "0" : tickText(tick, 3);
}

function tickText(tick: number, digits: number): string {
  const power = Math.floor(Math.log10(Math.abs(tick)) + 1e-9);
  if (power >= PLAIN_POWERS.from && power < PLAIN_POWERS.to) return String(Number(tick.toPrecision(digits)));
  const step = Number((tick / 10 ** power).toPrecision(digits));
  const exponent = String(Math.abs(power)).replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)]);
  return `${step === 1 ? "" : `${step}·`}10${power < 0 ? "⁻" : ""}${exponent}`;
}
