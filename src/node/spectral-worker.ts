import { launch } from "./launch/launch.js";

await launch("spectral", () => import("./launch/spectral.js"));
