/** Local files as byte sources, for commands that look at files without analysing them. */
export { fileError, fileSource } from "./file-source.js";
export { isWithin, pathKey } from "./native-path.js";
export { STDIN_NAME, type StdinPlace, stdinFiles } from "./stdin-files.js";
