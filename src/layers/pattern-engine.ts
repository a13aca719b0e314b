/** An expression that is ready to be tried on names. */
export interface CompiledPattern {
  /** Whether it matches the whole of a text. */
  readonly matches: (text: string) => boolean;
  /** Instructions of the compiled program: a match takes at most so many operations per character. */
  readonly size: number;
}

/** Compiles an expression. Throws an `Error` that says what in it is not supported. */
export type PatternEngine = (expression: string) => CompiledPattern;

/**
 * The engine for regular expressions from files: RE2, which matches in a time that is linear in the text, whatever the
 * expression [re2js]. It does not have look-around and back-references. Loaded on request, because few models need it.
 */
export async function loadPatternEngine(): Promise<PatternEngine> {
  const { RE2JS } = await import("re2js");
  return (expression) => {
    const compiled = RE2JS.compile(expression);
    return { matches: (text) => compiled.testExact(text), size: compiled.programSize() };
  };
}
