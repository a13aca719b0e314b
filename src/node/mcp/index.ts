/** The server of `eigenscope mcp`. */
export { type McpOptions, serveMcp } from "./serve-mcp.js";
