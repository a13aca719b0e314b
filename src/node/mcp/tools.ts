import { analyzeTool } from "./analyze-tool.js";
import { compareTool } from "./compare-tool.js";
import { describeTool } from "./describe-tool.js";
import { explainTool } from "./explain-tool.js";
import { listTool } from "./list-tool.js";
import { rankTool } from "./rank-tool.js";
import type { Desk, Tool } from "./tool.js";

/** The tools of one server, in the order in which a client lists them. */
export function toolsOf(desk: Desk): Tool[] {
  return [listTool(desk), describeTool(desk), analyzeTool(desk), compareTool(desk), rankTool(desk), explainTool()];
}
