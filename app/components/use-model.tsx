import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { modelOf, type OpenModel, openModel } from "../state/models.js";
import { sourceOfId } from "../state/reopen.js";
import { type ViewModel, viewModelOf } from "../state/view-model.js";

/** Shows a view of an open model, or says why it cannot be shown. */
export function WithModel({
  id,
  children,
}: {
  id: string;
  children: (model: OpenModel, view: ViewModel) => ComponentChildren;
}): JSX.Element {
  const model = modelOf(id);
  if (model === undefined) return <FromKept key={id} id={id} />;
  const progress = model.progress.value;
  if (progress.state === "refused")
    return (
      <main id="main" tabIndex={-1}>
        <div class="message bad" role="alert">
          <h1>{model.source.label} cannot be read</h1>
          <p>{progress.message}</p>
          <p>
            Nothing else is lost. <a href="#/">Open another file.</a>
          </p>
        </div>
      </main>
    );
  if (progress.state === "reading")
    return (
      <main id="main" tabIndex={-1} aria-busy="true">
        <p class="quiet" role="status">
          Reading the header of <span class="mono">{model.source.label}</span> …
        </p>
      </main>
    );
  return <>{children(model, viewModelOf(model))}</>;
}

/** Opens a model of which the results are kept, or a model of the server; says so if there is neither. */
function FromKept({ id }: { id: string }): JSX.Element {
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    void sourceOfId(id).then(
      (source) => (source === undefined ? setMissing(true) : openModel(source)),
      () => setMissing(true),
    );
  }, [id]);
  return missing ? <NotOpen id={id} /> : <main id="main" tabIndex={-1} aria-busy="true" />;
}

function NotOpen({ id }: { id: string }): JSX.Element {
  return (
    <main id="main" tabIndex={-1}>
      <div class="message">
        <h1>This model is not open in this window</h1>
        <p>
          The address names <span class="mono">{id}</span>. Weights are never kept: open the file again, and this
          address shows it. <a href="#/">To the start</a>
        </p>
      </div>
    </main>
  );
}
