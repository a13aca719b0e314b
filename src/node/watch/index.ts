/** The watch of a training's folder: what `eigenscope watch` prints. */
export { type WatchNews, watchFolder } from "./watch-folder.js";
