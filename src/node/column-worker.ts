import { launch } from "./launch/launch.js";

await launch("column", () => import("./launch/column.js"));
