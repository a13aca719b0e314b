import { createHash } from "node:crypto";

/** Where the page may read models from by itself: the public hub and its stores. */
const HUB_HOSTS = ["https://huggingface.co", "https://*.huggingface.co", "https://*.hf.co"];

/** What the page may do, for each page of the server. */
export interface PagePolicy {
  /** The page itself: scripts written in it are allowed by their digests. */
  readonly html?: string | undefined;
  /** A hub of the user's own (HF_ENDPOINT). */
  readonly hub?: string | undefined;
}

/**
 * Headers of every answer. The page is isolated from other origins, so that it has shared memory; scripts come from
 * this server only; nothing may frame it; types are not guessed; no address leaves as a referrer.
 *
 * Styles may stand in the markup: charts are SVG texts with style attributes. WebAssembly needs 'wasm-unsafe-eval'.
 */
export function securityHeaders({ html = "", hub }: PagePolicy): Readonly<Record<string, string>> {
  const policy = {
    "default-src": ["'self'"],
    "script-src": ["'self'", "'wasm-unsafe-eval'", ...inlineScripts(html).map(digestOfScript)],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:"],
    "font-src": ["'self'", "data:"],
    "connect-src": ["'self'", ...HUB_HOSTS, ...originOf(hub)],
    "worker-src": ["'self'", "blob:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'none'"],
  };
  return {
    "Content-Security-Policy": Object.entries(policy)
      .map(([name, values]) => `${name} ${values.join(" ")}`)
      .join("; "),
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
  };
}

/** The scripts that stand in a page. */
function inlineScripts(html: string): string[] {
  const scripts = [...html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script\s*>/gi)];
  return scripts.filter(([, attributes]) => !/\ssrc\s*=/i.test(attributes)).map(([, , text]) => text);
}

function digestOfScript(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

function originOf(address: string | undefined): string[] {
  const origin = address !== undefined && URL.canParse(address) ? new URL(address).origin : "";
  return /^https?:/.test(origin) ? [origin] : [];
}
