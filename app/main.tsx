import { render } from "preact";
import { VIEW_STYLE } from "#eigenscope/report/view/style.js";
import { App } from "./app.js";
import { APP_STYLE } from "./style.js";

const style = document.createElement("style");
style.textContent = VIEW_STYLE + APP_STYLE;
document.head.append(style);

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
