import type { JSX } from "preact";
import type { Route } from "../state/route.js";

export function RankView({ route }: { route: Route }): JSX.Element {
  return <main id="main" tabIndex={-1}>{route.view}</main>;
}
