import { render } from "preact";
import { VIEW_STYLE } from "#eigenscope/report/view/style.js";
import { App } from "./app.js";
import { APP_STYLE } from "./style.js";

const style = document.createElement("style");
style.textContent = VIEW_STYLE + APP_STYLE;
document.head.append(style);

const root = document.getElementById("app");
if (root !== null) render(<App />, root);

// Kept for use without a network. Only where the page has an address of its own: `serve` has no use for it.
if ("serviceWorker" in navigator && !document.cookie.includes("eigenscope"))
  navigator.serviceWorker.register("offline-worker.js").catch(() => {
    // A page from a disk, or a browser that forbids it: it works, but not offline.
  });
