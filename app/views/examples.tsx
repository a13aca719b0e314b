import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { say } from "../components/toast.js";
import { openFiles } from "../state/open.js";

/** Results that the host of this page offers to look at, beside its `index.html`. */
interface Demo {
  readonly models: readonly { readonly id: string; readonly label: string; readonly report: string }[];
}

const demo = signal<Demo | null>(null);
let asked = false;

/** Asks once for the list of examples; most hosts have none. */
async function findDemo(): Promise<void> {
  if (asked) return;
  asked = true;
  const answer = await fetch("demo/demo.json").catch(() => null);
  const type = answer?.headers.get("Content-Type") ?? "";
  if (answer?.ok && type.includes("json")) demo.value = (await answer.json()) as Demo;
}

async function openExample(report: string, label: string): Promise<void> {
  const answer = await fetch(report);
  if (!answer.ok) throw new Error(`The example ${label} could not be loaded.`);
  await openFiles([[new File([await answer.blob()], `${label}.json`)]]);
}

/** Examples to look at, where the host offers some. */
export function Examples({ offered }: { offered: boolean }): JSX.Element | null {
  useEffect(() => {
    if (offered) void findDemo();
  }, [offered]);
  if (demo.value === null) return null;
  return (
    <section class="section" aria-labelledby="examples">
      <h2 id="examples">Or look at an example</h2>
      <div class="examples">
        {demo.value.models.map(({ id, label, report }) => (
          <button
            key={id}
            type="button"
            onClick={() => void openExample(`demo/${report}`, label).catch((error: Error) => say(error.message))}
          >
            <b>{label}</b>
          </button>
        ))}
      </div>
    </section>
  );
}
