#!/usr/bin/env node
import { launch } from "../node/launch/launch.js";

await launch("cli", () => import("./run.js"));
