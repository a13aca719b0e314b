import { html, type Markup, trusted } from "./markup.js";
import { PAGE_SCRIPT, PAGE_SCRIPT_SHA256 } from "./script.js";
import { PAGE_STYLE } from "./style.js";

/** The browser fetches nothing and runs no other script, whatever a name in a weight file contains. */
const POLICY =
  `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${PAGE_SCRIPT_SHA256}'; base-uri 'none'; ` +
  "form-action 'none'";

export interface Shell {
  /** Name and version of the tool. */
  readonly generator: string;
  readonly title: string;
  /** CSS in addition to the common style. */
  readonly style?: string;
}

/**
 * A self-contained page around the markup of the body: common style and script, the content security policy, and the
 * footer.
 */
export function pageShell({ generator, title, style = "" }: Shell, body: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="${generator}">
<title>${title}</title>
<style>${trusted(PAGE_STYLE)}${trusted(style)}</style>
</head>
<body>
${body}
<footer>${generator} · the phases are those of Martin and Mahoney,
“Implicit Self-Regularization in Deep Neural Networks” (JMLR 22, 2021).</footer>
<script>${trusted(PAGE_SCRIPT)}</script>
</body>
</html>
`.markup;
}
