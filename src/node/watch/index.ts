/** The watch of a training's folder: what `eigenscope watch` prints. */
export { DEFAULT_INTERVAL_MS, type WatchNews, watchFolder } from "./watch-folder.js";
