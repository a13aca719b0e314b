/**
 * The linear map of scores to ratios that TempBalance, AlphaPruning and AlphaDecay share: the smallest score gets
 * `from`, the largest `to`, as numpy.interp(scores, [min, max], [from, to]). If all scores are equal there is nothing
 * to distinguish, and each gets 1, the ratio that changes nothing. Without scores, none.
 */
export function linearMap(scores: readonly number[], [from, to]: readonly [number, number]): readonly number[] {
  const least = scores.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return scores.map((score) => (most > least ? from + ((score - least) / (most - least)) * (to - from) : 1));
}
