import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Bar } from "./components/bar.js";
import { DropAnywhere } from "./components/drop.js";
import { Keys } from "./components/keys.js";
import { Toast } from "./components/toast.js";
import { type Route, route } from "./state/route.js";
import { askServer } from "./state/served.js";
import { Start } from "./views/start.js";

/** The whole page. Views other than the start are loaded when they are first shown. */
export function App(): JSX.Element {
  useEffect(() => void askServer(), []);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.querySelector("main")?.focus()}>
        Skip to content
      </button>
      <Bar />
      <DropAnywhere />
      <View route={route.value} />
      <Keys />
      <Toast />
    </>
  );
}

/** Each view with the module that has it. */
const VIEWS = {
  model: async () => (await import("./views/model.js")).ModelView,
  layer: async () => (await import("./views/layer.js")).LayerView,
  compare: async () => (await import("./views/compare.js")).CompareView,
  rank: async () => (await import("./views/rank.js")).RankView,
  watch: async () => (await import("./views/watch.js")).WatchView,
} as const satisfies Partial<Record<Route["view"], () => Promise<ComponentType<never>>>>;

const loaded = new Map<string, ComponentType<{ route: Route }>>();

function View({ route: place }: { route: Route }): JSX.Element {
  const [, arrived] = useState(0);
  const { view } = place;
  const known = view in VIEWS && !loaded.has(view);
  useEffect(() => {
    if (!known) return;
    void VIEWS[view as keyof typeof VIEWS]().then((component) => {
      loaded.set(view, component as unknown as ComponentType<{ route: Route }>);
      arrived((n) => n + 1);
    });
  }, [known, view]);
  useEffect(() => {
    document.title = view === "start" ? "eigenscope" : document.title;
    // A model goes back to where it stood (views/model.tsx).
    if (view !== "model") scrollTo(0, 0);
  }, [view]);
  if (view === "start") return <Start />;
  if (view === "unknown") return <Unknown address={place.view === "unknown" ? place.address : ""} />;
  const Loaded = loaded.get(view);
  return Loaded === undefined ? <main id="main" tabIndex={-1} aria-busy="true" /> : <Loaded route={place} />;
}

function Unknown({ address }: { address: string }): JSX.Element {
  return (
    <main id="main" tabIndex={-1}>
      <div class="message bad">
        <h1>There is no such view</h1>
        <p>
          The address names <span class="mono">{address}</span>, which this application does not know. Nothing is lost:
          go to the <a href="#/">start</a> and open the file there.
        </p>
      </div>
    </main>
  );
}
