import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { type ServedListing, serveApi } from "../sources/serve-api.js";
import { openServed, served } from "../state/served.js";
import { say } from "./toast.js";

const listing = signal<ServedListing | null>(null);
const KIND_WORDS = { folder: "", run: "a run", watch: "a training", weights: "weights" };
const chosen = signal<ReadonlySet<string>>(new Set());

async function list(dir: string): Promise<void> {
  try {
    listing.value = await serveApi().files(dir);
  } catch (error) {
    say((error as Error).message);
  }
}

/** What the server has: folders to go into, models to open, compare or rank. */
export function ServedList(): JSX.Element | null {
  const session = served.value;
  useEffect(() => {
    if (session?.kind === "folder" && listing.value === null) void list("");
  }, [session]);
  if (session === null || session.kind === "empty") return null;
  const here = listing.value;
  const marked = [...chosen.value].map((id) => ({ id, label: id }));
  return (
    <section class="box" aria-labelledby="served" style="margin-bottom:16px">
      <header>
        <h2 id="served">
          On this machine: <span class="mono">{session.label}</span>
        </h2>
        {marked.length > 1 && (
          <button type="button" class="button primary push" onClick={() => openServed(marked)}>
            {marked.length === 2 ? "Compare the two" : `Rank the ${marked.length}`}
          </button>
        )}
      </header>
      <ul class="menu">
        {here !== null && here.dir !== "" && (
          <li>
            <button type="button" onClick={() => void list(here.dir.split("/").slice(0, -1).join("/"))}>
              ↑ the folder above
            </button>
          </li>
        )}
        {here?.entries.map(({ kind, name, path }) => (
          <li key={path} style="display:flex;align-items:center;gap:8px">
            {kind !== "folder" && kind !== "watch" && (
              <input
                type="checkbox"
                aria-label={`Choose ${name} to compare or rank`}
                checked={chosen.value.has(path)}
                onChange={({ currentTarget }) => {
                  const next = new Set(chosen.value);
                  if (currentTarget.checked) next.add(path);
                  else next.delete(path);
                  chosen.value = next;
                }}
              />
            )}
            <button
              type="button"
              onClick={() => (kind === "folder" ? void list(path) : openServed([{ id: path, label: name, kind }]))}
            >
              <span class="mono">{kind === "folder" ? `${name}/` : name}</span>{" "}
              <span class="quiet small">{KIND_WORDS[kind]}</span>
            </button>
          </li>
        ))}
        {here === null &&
          session.entries.map((entry) => (
            <li key={entry.id}>
              <button type="button" onClick={() => openServed([entry])}>
                <span class="mono">{entry.label}</span>
              </button>
            </li>
          ))}
      </ul>
    </section>
  );
}
