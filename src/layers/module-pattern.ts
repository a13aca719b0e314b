import type { CompiledPattern, PatternEngine } from "./pattern-engine.js";

/**
 * Numbers for some modules, by name. PEFT tries the keys in their order and takes the first that matches the whole name
 * or its end after a dot: `(.*\.)?(key)$` [peft, utils/other.py, get_pattern_key].
 */
export interface ModulePattern {
  readonly plain: readonly PlainKeys[];
  readonly expressions: readonly Expression[];
  /** Keys that could not be read. Whether they match a module is not known. */
  readonly refused: readonly RefusedKey[];
}

interface Placed {
  /** Position of the key in the file. */
  readonly position: number;
}

interface Numbered extends Placed {
  readonly value: number;
}

/**
 * Keys of letters, digits, "_", "-" and dots. A dot matches any character there, so that keys of one length with dots
 * at the same positions are found by one look-up: a name's end of that length, with these positions blanked out.
 */
interface PlainKeys {
  readonly length: number;
  readonly dots: readonly number[];
  readonly byText: Map<string, Numbered>;
}

/** A key that is an expression of more than dots. It is compiled once and then tried on each module. */
interface Expression extends Numbered, CompiledPattern {}

export interface RefusedKey extends Placed {
  readonly key: string;
  readonly why: string;
}

/** Configurations that name each module of the largest models have a few thousand keys. */
const MAX_KEYS = 65_536;
/** Each expression is tried on each module. */
const MAX_EXPRESSIONS = 64;
/** Longer keys are no names of modules, which have about 200 characters. */
const MAX_KEY_LENGTH = 512;

/** A dot that stands for any character; no module's name has a zero character. */
const BLANK = "\0";

/** Whether a parsed dictionary of numbers by module has keys for which an engine is needed. */
export function needsEngine(json: unknown): boolean {
  return typeof json === "object" && json !== null && Object.keys(json).some((key) => plainKey(key) === undefined);
}

/** Reads a parsed dictionary of numbers by module. Without an engine, keys that are expressions are refused. */
export function parsePattern(json: unknown, engine?: PatternEngine): ModulePattern {
  const plain = new Map<string, PlainKeys>();
  const expressions: Expression[] = [];
  const refused: RefusedKey[] = [];
  const entries = typeof json === "object" && json !== null ? Object.entries(json).slice(0, MAX_KEYS) : [];
  for (const [position, [key, value]] of entries.entries()) {
    const refuse = (why: string): void => void refused.push({ position, key, why });
    if (typeof value !== "number" || !Number.isFinite(value)) refuse("its value is not a number");
    else if (key.length > MAX_KEY_LENGTH) refuse(`it is longer than ${MAX_KEY_LENGTH} characters`);
    else if (plainKey(key) !== undefined) addPlain(plain, plainKey(key)!, { position, value });
    else if (engine === undefined) refuse("it is a regular expression, and no engine was given");
    else if (expressions.length === MAX_EXPRESSIONS)
      refuse(`it is a regular expression after ${MAX_EXPRESSIONS} others`);
    else {
      try {
        expressions.push({ position, value, ...engine(`(.*\\.)?(${key})$`) });
      } catch (cause) {
        refuse(`the engine does not support it (${cause instanceof Error ? cause.message : String(cause)})`);
      }
    }
  }
  return { plain: [...plain.values()], expressions, refused };
}

/** The text of a key without operators, in which BLANK stands for a dot that matches any character. */
function plainKey(key: string): string | undefined {
  return /^(?:[\w-]|\\\.|\.)+\$?$/.test(key)
    ? key.replace(/\$$/, "").replace(/\\?\./g, (dot) => (dot === "." ? BLANK : "."))
    : undefined;
}

function addPlain(groups: Map<string, PlainKeys>, text: string, numbered: Numbered): void {
  const dots = Array.from(text, (char, k) => (char === BLANK ? k : -1)).filter((k) => k >= 0);
  const shape = `${text.length}:${dots.join(",")}`;
  const group = groups.get(shape) ?? { length: text.length, dots, byText: new Map() };
  groups.set(shape, group);
  if (!group.byText.has(text)) group.byText.set(text, numbered);
}

/** Operations of the engine that take one step. */
const OPERATIONS_PER_STEP = 8;
const LOOK_UP_STEPS = 4;

/** The largest number of steps that `patternValue` takes for a module. */
export function stepsOfPattern({ plain, expressions }: ModulePattern, { length }: string): number {
  const lookUps = plain.reduce((sum, { dots }) => sum + LOOK_UP_STEPS + dots.length, 0);
  const operations = expressions.reduce((sum, { size }) => sum + size * length, 0);
  return lookUps + Math.ceil(operations / OPERATIONS_PER_STEP);
}

/** The number for a module, or the key that was refused and comes before any other that matches; undefined if none. */
export function patternValue(pattern: ModulePattern, module: string): number | RefusedKey | undefined {
  const refused = pattern.refused[0];
  const candidates: Numbered[] = [];
  for (const { length, dots, byText } of pattern.plain) {
    const from = module.length - length;
    if (from < 0 || (from > 0 && module[from - 1] !== ".")) continue;
    const found = byText.get(blanked(module.slice(from), dots));
    if (found !== undefined) candidates.push(found);
  }
  const expression = pattern.expressions.find(({ matches }) => matches(module));
  if (expression !== undefined) candidates.push(expression);
  const first = candidates.reduce<Numbered | undefined>(
    (least, each) => (least === undefined || each.position < least.position ? each : least),
    undefined,
  );
  return refused !== undefined && (first === undefined || refused.position < first.position) ? refused : first?.value;
}

function blanked(text: string, dots: readonly number[]): string {
  let made = "";
  let from = 0;
  for (const dot of dots) {
    made += text.slice(from, dot) + BLANK;
    from = dot + 1;
  }
  return made + text.slice(from);
}
