/** Local files as byte sources, for commands that look at files without analysing them. */
export { fileError, fileSource } from "./file-source.js";
