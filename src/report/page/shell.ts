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
  /** What the page is: "report", "comparison". Shown beside the tool's name. */
  readonly kind: string;
  /** Where "Skip to" leads: an id of the body, and its name. */
  readonly skipTo?: { readonly id: string; readonly name: string };
  /** CSS in addition to the common style. */
  readonly style?: string;
}

/** Control characters and marks that turn the direction of text, which no page needs. Tabs and ends of lines stay. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being replaced
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * HTML, whose scripts and styles are in ASCII, with references in place of all other characters. A browser keeps such a
 * page in one byte per character, and loads it in a tenth less time.
 */
function inAscii(markup: string): string {
  return markup.replace(/[^\0-\x7f]/gu, (character) => `&#${character.codePointAt(0)};`);
}

/**
 * A self-contained page around the markup of the body, which has the `main`: common style and script, the content
 * security policy, the switch of colours and the footer. Control characters of names from a file are replaced.
 */
export function pageShell({ generator, title, kind, skipTo, style = "" }: Shell, body: Markup): string {
  const page = html`<!doctype html>
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
${skipTo !== undefined && html`<a class="skip" href="#${skipTo.id}">Skip to ${skipTo.name}</a>`}
<header class="bar"><span class="brand">eigenscope</span> <span class="quiet small">${kind}</span>
<button type="button" class="button push" id="theme" data-script hidden>Dark colours</button></header>
${body}
<footer>${generator} · the phases are those of Martin and Mahoney,
“Implicit Self-Regularization in Deep Neural Networks” (JMLR 22, 2021).</footer>
<script>${trusted(PAGE_SCRIPT)}</script>
</body>
</html>
`;
  return inAscii(page.markup.replace(CONTROLS, "\ufffd"));
}
