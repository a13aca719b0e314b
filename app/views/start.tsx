import { signal } from "@preact/signals";
import type { JSX, TargetedEvent } from "preact";
import { useRef } from "preact/hooks";
import { dragging } from "../components/drop.js";
import { ServedList } from "../components/served-list.js";
import { say } from "../components/toast.js";
import { models } from "../state/models.js";
import { openAddress, openFiles } from "../state/open.js";
import { modelAddress, query } from "../state/route.js";
import { served } from "../state/served.js";
import { Examples } from "./examples.js";
import { Recent } from "./recent.js";

/** What the reader came for, from the tab that was pressed before enough was open. */
const PURPOSE: Readonly<Record<string, string>> = {
  compare: "To compare, drop two models together, or open a second one here.",
  rank: "To rank, drop three or more models together: checkpoints of one training, or sizes of one family.",
  watch: "To watch a training, drop the folder of its checkpoints, or run `eigenscope serve` on it.",
};

export function Start(): JSX.Element {
  const purpose = PURPOSE[query.value.get("for") ?? ""];
  return (
    <main id="main" tabIndex={-1} class="start">
      <div class="hero">
        <div>
          <h1>
            Is this network well trained?
            <br />
            Read it off the weights.
          </h1>
          <p class="sub">
            eigenscope computes the spectrum of every layer and says, in words and numbers, which layers are in order,
            which are not, and why. No data, no GPU, no upload.
          </p>
          {purpose !== undefined && (
            <p class="message" role="status" style="margin-bottom:14px">
              {purpose}
            </p>
          )}
          <ServedList />
          <DropPlace />
          <HubForm />
          <Privacy />
        </div>
        <aside class="recent" aria-labelledby="recent">
          <h2 id="recent">Recent</h2>
          <OpenNow />
          <Recent />
        </aside>
      </div>
      <Examples offered={served.value === null} />
      <section class="section tells" aria-label="What it is for">
        <div>
          <h2>What it tells</h2>
          <p>
            For each layer one of six shapes, from random to heavy-tailed, how sure that is, and which numbers decided
            it. Problems come first.
          </p>
        </div>
        <div>
          <h2>What it cannot tell</h2>
          <p>
            Accuracy. Weights can be in good shape for the wrong task. It finds layers that are untrained, damaged, or
            gone too far.
          </p>
        </div>
        <div>
          <h2>From a terminal</h2>
          <pre tabIndex={0}>{"npx eigenscope serve model.gguf\nnpx eigenscope analyze model.gguf"}</pre>
        </div>
      </section>
    </main>
  );
}

function DropPlace(): JSX.Element {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const chosen = ({ currentTarget }: TargetedEvent<HTMLInputElement>): void => {
    const list = [...(currentTarget.files ?? [])];
    currentTarget.value = "";
    if (list.length === 0) return;
    void openFiles(list[0].webkitRelativePath === "" ? list.map((file) => [file]) : [list]).catch((error: Error) =>
      say(error.message),
    );
  };
  return (
    <section class={`drop${dragging.value ? " over" : ""}`} aria-labelledby="drop-title">
      <svg
        width="54"
        height="42"
        viewBox="0 0 54 42"
        fill="none"
        stroke="currentColor"
        stroke-width="2.4"
        stroke-linecap="round"
        aria-hidden="true"
      >
        <path d="M4 38h46" opacity=".35" />
        <path d="M5 38C5 19 10 9 16 9s9 11 10 29" />
        <path d="M34 38V19M42 38V9M49 38V29" />
      </svg>
      <h2 id="drop-title">{dragging.value ? "Let go to read it" : "Drop a weight file or a folder here"}</h2>
      <p class="quiet small" style="margin-top:4px">
        safetensors, PyTorch, GGUF, ONNX, TFLite, Keras, TensorFlow, NumPy; reports, run folders and records of a watch.
        Two at once are compared, more are ranked.
      </p>
      <div class="choices">
        <button type="button" class="button primary" onClick={() => files.current?.click()}>
          Choose files
        </button>
        <button type="button" class="button" onClick={() => folder.current?.click()}>
          Choose a folder
        </button>
      </div>
      <input ref={files} type="file" multiple hidden aria-label="Weight files" data-choose="files" onChange={chosen} />
      <input
        ref={folder}
        type="file"
        hidden
        aria-label="Folder with weight files"
        data-choose="folder"
        {...{ webkitdirectory: true }}
        onChange={chosen}
      />
    </section>
  );
}

const address = signal("");

function HubForm(): JSX.Element {
  return (
    <form
      class="hub"
      onSubmit={(event) => {
        event.preventDefault();
        if (address.value.trim() !== "") void openAddress(address.value).catch((error: Error) => say(error.message));
      }}
    >
      <label>
        <span class="quiet small">Hugging Face</span>
        <input
          aria-label="Model on Hugging Face, or an https address"
          placeholder="org/model, or an https:// address"
          value={address.value}
          onInput={({ currentTarget }) => {
            address.value = currentTarget.value;
          }}
        />
      </label>
      <button type="submit" class="button">
        Open
      </button>
    </form>
  );
}

function Privacy(): JSX.Element {
  return (
    <p class="privacy">
      <svg
        width="16"
        height="18"
        viewBox="0 0 16 18"
        fill="none"
        stroke="currentColor"
        stroke-width="1.7"
        aria-hidden="true"
      >
        <rect x="2" y="7.5" width="12" height="9" rx="2" />
        <path d="M5 7.5V5a3 3 0 0 1 6 0v2.5" />
      </svg>
      <span>
        <b>Your weights stay on this machine.</b> Files are read and computed in this page; it works offline. A model of
        the hub is read by byte ranges, straight from your browser. Nothing in a file is executed.
      </span>
    </p>
  );
}

/** What is open in this window. */
function OpenNow(): JSX.Element | null {
  if (models.value.length === 0) return null;
  return (
    <ul>
      {models.value.map(({ source: { id, label }, progress }) => (
        <li key={id}>
          <a href={modelAddress(id)}>
            <b class="mono">{label}</b>
            <span class="between">
              <span>open now</span>
              <span>{progress.value.state}</span>
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}
