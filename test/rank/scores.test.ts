import { describe, expect, it } from "vitest";
import { matchScores, parseScores } from "#eigenscope/rank/index.js";
import { shortNames } from "#eigenscope/rank/names.js";

const message = (run: () => unknown): string => {
  try {
    run();
  } catch (cause) {
    expect(cause).toBeInstanceOf(RangeError);
    return (cause as Error).message;
  }
  return "nothing was thrown";
};

describe("a file of scores", () => {
  it("is a CSV with the header name,score: quotes, CRLF, a byte-order mark and empty lines are fine", () => {
    expect(parseScores("name,score\na,0.5\nb,1e-3\n", "s.csv")).toEqual([
      { name: "a", score: 0.5 },
      { name: "b", score: 0.001 },
    ]);
    const odd = '\ufeffname, score\r\n"a,b ""c""",0.5\r\n\r\n d , -2 \r\n"two\nlines",3';
    expect(parseScores(odd, "s.csv")).toEqual([
      { name: 'a,b "c"', score: 0.5 },
      { name: "d", score: -2 },
      { name: "two\nlines", score: 3 },
    ]);
  });

  it.each([
    ["", 's.csv, line 1: found nothing, expected the header "name,score"'],
    ["\n\n", "found nothing"],
    ["model,acc\na,1\n", 'line 1: found "model,acc"'],
    ["a,0.5\n", 'line 1: found "a,0.5", expected the header "name,score"'],
    ["name,score\n", "line 2: found nothing, expected a name and a score"],
    ["name,score\na,0.5\nb\n", 'line 3: found "b", expected a name and a score'],
    ["name,score\na,0.5,7\n", 'line 2: found "a,0.5,7"'],
    ["name,score\n,0.5\n", 'line 2: found ",0.5"'],
    ["name,score\na,\n", 'line 2: found the score "", expected a finite number such as 0.93'],
    ["name,score\na,93%\n", 'found the score "93%"'],
    ["name,score\na,NaN\n", 'found the score "NaN"'],
    ["name,score\na,Infinity\n", 'found the score "Infinity"'],
    ['name,score\n"a\nb",1\nc,x\n', "line 4: found the score"],
    ['name,score\n"a,1\n', "line 2: a quote is not closed"],
  ])("refuses %j and says where and why", (text, sentence) => {
    expect(message(() => parseScores(text, "s.csv"))).toContain(sentence);
  });
});

describe("the scores of models", () => {
  const paths = ["runs/a/model.safetensors", "runs/b.pt", "org/net", "ckpt/step.100"];
  const scores = (names: readonly string[]) => names.map((name, i) => ({ name, score: i }));

  it.each([
    ["the path as given", paths],
    ["the file or folder name", ["model.safetensors", "b.pt", "net", "step.100"]],
    ["that without its extension", ["model", "b", "org/net", "step"]],
  ])("match %s", (_, names) => {
    expect(matchScores(scores(names), paths, "s.csv")).toEqual([0, 1, 2, 3]);
  });

  it("come in the order of the models, whatever the order of the lines", () => {
    expect(matchScores(scores(["net", "b", "model", "step"]), paths, "s.csv")).toEqual([2, 1, 0, 3]);
  });

  it("match a folder whether or not it ends with a slash", () => {
    expect(matchScores(scores(["a/", "b"]), ["x/a", "x/b/"], "s.csv")).toEqual([0, 1]);
  });

  it("take the exact path before a name, and a name before one without its extension", () => {
    expect(matchScores(scores(["b", "x/b"]), ["b", "x/b"], "s.csv")).toEqual([0, 1]);
    expect(matchScores(scores(["b", "b.pt"]), ["x/b", "y/b.pt"], "s.csv")).toEqual([0, 1]);
  });

  it("name a model that an ambiguous name could mean", () => {
    expect(message(() => matchScores(scores(["a"]), ["x/a", "y/a"], "s.csv"))).toBe(
      's.csv: "a" matches "x/a", "y/a"; give the path',
    );
  });

  it("name every score without a model, every model without a score, and every model with two", () => {
    expect(message(() => matchScores(scores(["a", "zz"]), ["x/a"], "s.csv"))).toBe('s.csv: no model matches "zz"');
    expect(message(() => matchScores(scores(["a"]), ["x/a", "x/b"], "s.csv"))).toBe('s.csv: no line matches "x/b"');
    expect(message(() => matchScores(scores(["a", "c"]), ["x/a", "x/b"], "s.csv"))).toBe(
      's.csv: no model matches "c"; models without a score: "x/b"',
    );
    expect(message(() => matchScores(scores(["a", "x/a", "b"]), ["x/a", "x/b"], "s.csv"))).toBe(
      's.csv: more than one line matches "x/a"',
    );
    const many = Array.from({ length: 7 }, (_, i) => `m${i}`);
    expect(message(() => matchScores(scores(["m0"]), many, "s.csv"))).toMatch(/"m1", .*"m5" and 1 more$/);
  });
});

describe("short names", () => {
  it.each([
    [
      ["runs/a.pt", "runs/b.pt"],
      ["a", "b"],
    ],
    [
      ["runs/a.pt", "runs/b.safetensors"],
      ["a.pt", "b.safetensors"],
    ],
    [
      ["r/1/model.pt", "r/2/model.pt"],
      ["1/model", "2/model"],
    ],
    [
      ["r/1/x/model.pt", "r/2/x/model.pt", "r/2/y/model.pt"],
      ["1/x/model", "2/x/model", "2/y/model"],
    ],
    [
      ["org/net", "org/other"],
      ["net", "other"],
    ],
    [
      ["a/net", "b/net"],
      ["a/net", "b/net"],
    ],
    [
      ["out/checkpoint-5/", "out/checkpoint-50"],
      ["checkpoint-5", "checkpoint-50"],
    ],
    [
      ["v1.0", "v1.1"],
      ["v1.0", "v1.1"],
    ],
    [["m.pt"], ["m"]],
    [[], []],
  ])("of %j are %j", (paths, names) => {
    expect(shortNames(paths)).toEqual(names);
  });
});
