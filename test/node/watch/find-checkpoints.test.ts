import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { CheckpointBook } from "#eigenscope/node/watch/checkpoint-book.js";
import { stateOf } from "#eigenscope/node/watch/checkpoint-state.js";
import { findCheckpoints } from "#eigenscope/node/watch/find-checkpoints.js";
import { guardedStore } from "#eigenscope/node/watch/guarded-store.js";
import { trainingFolder } from "./training.js";

const folder = trainingFolder();

async function holding(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(folder.out, name)), { recursive: true });
    await writeFile(join(folder.out, name), "x");
  }
}
const found = async () => (await findCheckpoints(folder.out)).map(({ name, kind }) => `${kind} ${name}`);

describe("the checkpoints of a folder", () => {
  it("are weight files, in natural order, at most four folders below", async () => {
    await holding("e10.pt", "e9.pt", "a/b/c/d/deep.pt", "a/b/c/d/e/deeper.pt", "notes.txt", "log.jsonl");
    expect(await found()).toEqual(["file a/b/c/d/deep.pt", "file e9.pt", "file e10.pt"]);
  });

  it("are not states of a trainer, hidden, temporary, or in the record of a watch or a run", async () => {
    await holding("optimizer.pt", "rng_state_0.pth", ".hidden.pt", "tmp-checkpoint-5/model.pt", "x.pt.tmp", "ok.pt");
    await holding("watch/watch.json", "watch/a.pt", "run/run.json", "run/plan-0123456789ab.jsonl", "run/b.pt");
    expect(await found()).toEqual(["file ok.pt"]);
  });

  it("are folders that are named as steps, with all weights in them", async () => {
    await holding("checkpoint-5/model.safetensors", "checkpoint-5/optimizer.pt", "checkpoint-5/config.json");
    await holding("global_step20/x/mp_rank_00_model_states.pt", "epoch=1-step=2.ckpt/.metadata");
    await holding("epoch=1-step=2.ckpt/__0_0.distcp", "checkpoint-6/trainer_state.json");
    const all = await findCheckpoints(folder.out);
    expect(all.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      "folder checkpoint-5",
      "folder epoch=1-step=2.ckpt",
      "folder global_step20",
    ]);
    const files = all.map((one) => one.files.map((file) => file.slice(one.path.length + 1)));
    expect(files).toEqual([
      ["config.json", "model.safetensors"],
      [".metadata", "__0_0.distcp"],
      ["x/mp_rank_00_model_states.pt"],
    ]);
  });

  it("have the files of two folders below theirs, and configurations only where weights are", async () => {
    await holding("checkpoint-5/a/b/model.pt", "checkpoint-5/a/b/config.json", "checkpoint-5/a/b/c/deeper.pt");
    await holding("checkpoint-5/a/config.json", "checkpoint-6/config.json");
    const [one, ...more] = await findCheckpoints(folder.out);
    expect([one.files.map((file) => file.slice(one.path.length + 1)), more]).toEqual([
      ["a/b/config.json", "a/b/model.pt"],
      [],
    ]);
  });

  it("have beside them states of the training and trainer_state.json, not logs or other folders", async () => {
    await holding("checkpoint-5/model.safetensors", "checkpoint-5/optimizer.pt", "checkpoint-5/trainer_state.json");
    await holding("checkpoint-5/train.log", "checkpoint-5/global_step5/x_optim_states.pt", "checkpoint-5/config.json");
    await holding("trainer_state.json", "best.pt", "optimizer.bin", "other/last.pt");
    const beside = (await findCheckpoints(folder.out)).map((one) => [
      one.name,
      ...one.beside.map((file) => file.slice(folder.out.length + 1)),
    ]);
    expect(beside).toEqual([
      ["best.pt", "trainer_state.json"],
      [
        "checkpoint-5",
        "checkpoint-5/global_step5/x_optim_states.pt",
        "checkpoint-5/optimizer.pt",
        "checkpoint-5/trainer_state.json",
      ],
      ["other/last.pt"],
    ]);
  });

  it("are sets of shards, and folders with an index of shards", async () => {
    await holding("m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors", "n.pt");
    expect(await found()).toEqual(["shards m-?????-of-00002.safetensors", "file n.pt"]);
    await holding("model.safetensors.index.json", "step-1/model.safetensors");
    const [whole] = await findCheckpoints(folder.out);
    expect([whole.name, whole.kind, whole.files.length]).toEqual([".", "folder", 4]);
    expect(await found()).toEqual(["folder .", "folder step-1"]);
  });

  it("of the lab are those of its run; a sweep of several is refused", async () => {
    await holding("run.json", "checkpoints/epoch-00000.safetensors", "spectra/epoch-00000.safetensors");
    await holding("state.safetensors");
    expect(await found()).toEqual(["file checkpoints/epoch-00000.safetensors"]);
  });

  it("of a sweep are those of its one run; several are refused", async () => {
    await holding("experiment.json", "runs/a/run.json", "runs/a/checkpoints/epoch-00000.safetensors");
    expect(await found()).toEqual(["file runs/a/checkpoints/epoch-00000.safetensors"]);
    await holding("runs/b/run.json");
    await expect(found()).rejects.toThrow(/2 runs.*runs\/a/);
  });
});

describe("the state of a checkpoint", () => {
  it("is none for a file that is gone, a dead link, or no file at all", async () => {
    await holding("a.pt");
    const at = (name: string) => join(folder.out, name);
    await symlink("nowhere", at("dead.pt"));
    const state = (...names: string[]) => stateOf({ path: at(names[0] ?? ""), files: names.map(at), beside: [] }, true);
    expect(await state("a.pt")).toBeDefined();
    for (const names of [["gone.pt"], ["a.pt", "gone.pt"], ["dead.pt"], ["."], []])
      expect(await state(...names), names.join()).toBeUndefined();
  });

  it("is the same by name and by an open file; its version does not depend on the inode", async () => {
    await holding("a.pt");
    const checkpoint = { path: join(folder.out, "a.pt"), files: [join(folder.out, "a.pt")], beside: [] };
    expect(await stateOf(checkpoint, false)).toEqual(await stateOf(checkpoint, true));
    const of = (inode: string, size = "1") =>
      stateOf(checkpoint, true, async () => ({ size, modified: "5000000", inode }));
    const [one, other, larger] = [await of("1"), await of("2"), await of("1", "2")];
    expect(one?.version).toBe(other?.version);
    expect(one?.signature).not.toBe(other?.signature);
    expect(one?.version).not.toBe(larger?.version);
    expect(one?.modifiedMs).toBe(5);
  });

  it("is of the time of the last change of all its files", async () => {
    const times = ["7000000", "9000000", "8000000"];
    const files = times.map((_, k) => `${k}.pt`);
    const state = await stateOf({ path: "x", files, beside: [] }, true, async (file) => ({
      ...{ size: "1", inode: file },
      modified: times[files.indexOf(file)],
    }));
    expect(state?.modifiedMs).toBe(9);
  });

  it("has what its trainer writes beside it apart: that may be missing, and is in no version", async () => {
    await holding("a.pt");
    const [file, trainer] = [join(folder.out, "a.pt"), join(folder.out, "trainer_state.json")];
    const now = () => stateOf({ path: file, files: [file], beside: [trainer] }, true);
    const before = await now();
    await holding("trainer_state.json");
    const after = await now();
    expect(before?.besideSignature).not.toBe(after?.besideSignature);
    expect([before?.signature, before?.version]).toEqual([after?.signature, after?.version]);
    expect(await now()).toEqual(after);
  });
});

describe("the book of checkpoints", () => {
  const checkpoint = (name: string) => ({ name, path: name, kind: "file", files: [name], beside: [] }) as const;
  const seen = (name: string, signature: string, besideSignature = "") => ({
    checkpoint: checkpoint(name),
    state: { signature, besideSignature, version: signature, modifiedMs: 0 },
  });
  const settled = (book: CheckpointBook) => book.settled().map((one) => one.checkpoint.name);

  it("has a checkpoint settled at the second unchanged look, and begins again at a change", () => {
    const book = new CheckpointBook();
    const settledAt = (signature: string) => {
      book.look([seen("a", signature)]);
      return settled(book).length;
    };
    expect([settledAt("1"), settledAt("1"), settledAt("1")]).toEqual([0, 0, 1]);
    expect([settledAt("2"), settledAt("2"), settledAt("2")]).toEqual([0, 0, 1]);
  });

  it("does not have it settled while a file beside it changes", () => {
    const book = new CheckpointBook();
    const settledAt = (beside: string) => {
      book.look([seen("a", "1", beside)]);
      return settled(book).length;
    };
    expect(["1", "2", "3", "3", "3"].map(settledAt)).toEqual([0, 0, 0, 0, 1]);
  });

  it("gives what was read again when a file beside it has changed, and what was partial not", () => {
    for (const [dealing, again] of [["read", ["a"]] as const, ["partial", []] as const]) {
      const book = new CheckpointBook();
      for (let k = 0; k < 3; k++) book.look([seen("a", "1", "1")]);
      book.dealtWith(seen("a", "1", "1"), dealing);
      expect([settled(book), book.isAtRest(checkpoint("a"))]).toEqual([[], true]);
      for (let k = 0; k < 3; k++) book.look([seen("a", "1", "2")]);
      expect([dealing, settled(book)]).toEqual([dealing, again]);
    }
  });

  it("tells of what is gone only if it was read in no state", () => {
    const book = new CheckpointBook();
    book.look([seen("a", "1")]);
    book.dealtWith(seen("a", "1"), "read");
    book.look([seen("a", "2")]);
    book.dealtWith(seen("a", "2"), "partial");
    expect(book.look([])).toEqual([]);
    book.look([seen("b", "1")]);
    book.dealtWith(seen("b", "1"), "partial");
    expect(book.look([]).map(({ name }) => name)).toEqual(["b"]);
  });

  it("gives what was dealt with again only in another state", () => {
    const book = new CheckpointBook();
    for (let k = 0; k < 3; k++) book.look([seen("a", "1")]);
    book.dealtWith(seen("a", "0"), "read");
    expect([settled(book), book.isAtRest(checkpoint("a"))]).toEqual([["a"], false]);
    book.dealtWith(seen("a", "1"), "read");
    expect([settled(book), book.isAtRest(checkpoint("a"))]).toEqual([[], true]);
    for (let k = 0; k < 3; k++) book.look([seen("a", "2")]);
    expect(settled(book)).toEqual(["a"]);
  });

  it("tells of those that are gone, unless they were read or forgotten", () => {
    const book = new CheckpointBook();
    book.look(["read", "unread", "told"].map((name) => seen(name, "1")));
    book.dealtWith(seen("read", "1"), "read");
    book.forget(checkpoint("told"));
    const gone = book.look([{ checkpoint: checkpoint("unread"), state: undefined }]);
    expect(gone.map(({ name }) => name)).toEqual(["unread"]);
    expect(book.look([])).toEqual([]);
  });
});

describe("a guarded store", () => {
  const outcome = (key: string) => ({ key, kind: "degenerate", reason: "" }) as const;

  it("asks once for all outcomes that come while a question runs, and keeps nothing after a no", async () => {
    const kept: string[] = [];
    let answer = true;
    let [asked, changed] = [0, 0];
    const store = guardedStore(
      { get: async () => undefined, put: async ({ key }) => void kept.push(key) },
      { isUnchanged: async () => ++asked > 0 && answer, onChanged: () => void changed++ },
    );
    await Promise.all(["a", "b", "c"].map((key) => store.put(outcome(key))));
    expect([kept.sort().join(""), asked]).toEqual(["abc", 1]);
    const first = store.put(outcome("d"));
    answer = false;
    await expect(store.put(outcome("e"))).rejects.toThrow(/changed/);
    await first.catch(() => {});
    answer = true;
    await expect(store.put(outcome("f"))).rejects.toThrow(/changed/);
    expect(kept).not.toContain("e");
    expect([kept.includes("f"), changed]).toEqual([false, 1]);
  });
});
