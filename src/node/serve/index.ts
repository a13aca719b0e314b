/** The server of `eigenscope serve`, and the browser that shows its page. */
export { openBrowser } from "./open-browser.js";
export { type RunningServer, serve } from "./serve.js";
