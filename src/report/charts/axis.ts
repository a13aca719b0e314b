const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
/** Powers of ten in this range are written out. */
const PLAIN = { from: -3, to: 4 };
/** More labels than this collide on a narrow chart. */
const MOST_LABELS = 7;

/** Ticks of a logarithmic axis: whole powers of ten, thinned out over many decades, joined by 2 and 5 over few. */
export function logTicks(from: number, to: number): number[] {
  const first = Math.floor(Math.log10(from));
  const last = Math.ceil(Math.log10(to));
  const decades = Math.log10(to) - Math.log10(from);
  const steps = decades < 1 ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : decades < 2.5 ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.ceil(decades / MOST_LABELS));
  const ticks: number[] = [];
  for (let power = Math.ceil(first / stride) * stride; power <= last; power += stride) {
    for (const step of steps) {
      const tick = power < 0 ? step / 10 ** -power : step * 10 ** power;
      if (tick >= from && tick <= to) ticks.push(tick);
    }
  }
  return ticks;
}

/** 0.01, 1, 500; beyond that 10⁻⁵, 2·10⁶. */
export function logTickText(tick: number): string {
  return tickText(tick, 1);
}

/** A tick of a linear axis, without trailing zeros. */
export function linearTickText(tick: number): string {
  return tick === 0 ? "0" : tickText(tick, 3);
}

function tickText(tick: number, digits: number): string {
  const power = Math.floor(Math.log10(Math.abs(tick)) + 1e-9);
  if (power >= PLAIN.from && power < PLAIN.to) return String(Number(tick.toPrecision(digits)));
  const step = Number((tick / 10 ** power).toPrecision(digits));
  const exponent = String(Math.abs(power)).replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)]);
  return `${step === 1 ? "" : `${step}·`}10${power < 0 ? "⁻" : ""}${exponent}`;
}
