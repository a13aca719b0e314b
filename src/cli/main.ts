#!/usr/bin/env node
import { launch } from "../node/launch/launch.js";

const { finished } = await launch("cli", () => import("./run.js"));
await finished;
