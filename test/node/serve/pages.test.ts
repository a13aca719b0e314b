import { createHash } from "node:crypto";
import { readdirSync, readlinkSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { asked, serving, until } from "./serving.js";

const INLINE = 'document.documentElement.dataset.theme = "dark";';
const PAGE =
  `<!doctype html><script>${INLINE}</script><script type="module" src="/assets/app.js"></script>` +
  "<script\n  data-src='x'>\n2\n</script><p>the application</p>";
const FILES = {
  "index.html": PAGE,
  "assets/app.js": "export {};",
  "assets/app.css": "p {}",
  "assets/engine.wasm": "\0asm",
  "icon.svg": "<svg/>",
  "app.webmanifest": "{}",
  "big.bin": "x".repeat(2 ** 24),
  ".secret": "hidden",
};
let app: string;
beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), "serve-pages-"));
  await mkdir(join(app, "assets"));
  for (const [name, content] of Object.entries(FILES)) await writeFile(join(app, name), content);
});
afterAll(() => rm(app, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

describe("the pages of the server", () => {
  it.each([
    ["/", "text/html;charset=utf-8", PAGE],
    ["/index.html", "text/html;charset=utf-8", PAGE],
    ["/assets/app.js", "text/javascript", "export {};"],
    ["/assets/app.css", "text/css", "p {}"],
    ["/assets/engine.wasm", "application/wasm", "\0asm"],
    ["/icon.svg", "image/svg+xml", "<svg/>"],
    ["/app.webmanifest", "application/manifest+json", "{}"],
  ])("have their types and are asked for again when they changed: %s", async (path, type, text) => {
    const { ask } = await serving({ application: app });
    const answer = await ask(path);
    expect([answer.status, answer.headers["content-type"], answer.text]).toEqual([200, type, text]);
    expect(answer.headers["cache-control"]).toBe("public,max-age=0,must-revalidate");
    const again = await ask(path, { headers: { "if-none-match": answer.headers.etag } });
    expect([again.status, again.text]).toEqual([304, ""]);
    const head = await ask(path, { method: "HEAD" });
    expect([head.status, head.text]).toEqual([200, ""]);
  });

  it.each(["/assets/nothing.js", "/.secret", "/assets", "/assets/", "/layers/3"])("are not there: %s", async (path) => {
    const { ask } = await serving({ application: app });
    const { status, text } = await ask(path);
    expect([status, text]).toEqual([404, "There is no such page.\n"]);
  });

  it("are not kept by a service worker, which would show them without the server", async () => {
    const { ask } = await serving({ application: app });
    expect((await ask("/assets/app.js", { headers: { "service-worker": "script" } })).status).toBe(404);
  });

  it("are said not to be built where the application is missing, and the API answers", async () => {
    const { ask } = await serving({ application: join(app, "nothing") });
    const { status, text, headers } = await ask("/");
    expect([status, headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(text).toContain("The application was not built: npm run build.");
    expect((await ask("/assets/app.js")).status).toBe(404);
    expect((await ask("/api/session")).status).toBe(200);
  });

  it.each(["bytes=5-2", "bytes=0-99999999", "bytes=-5", "bytes=99-", "nonsense"])(
    "are sent whole, whatever range is asked for: %s",
    async (range) => {
      const { ask } = await serving({ application: app });
      const { status, text } = await ask("/assets/app.js", { headers: { range } });
      expect([status, text]).toEqual([200, "export {};"]);
    },
  );

  it("of a file that has gone break the connection and nothing else", async () => {
    const { ask } = await serving({ application: app });
    await writeFile(join(app, "gone.js"), "soon gone");
    const late = await serving({ application: app });
    await rm(join(app, "gone.js"));
    await expect(late.ask("/gone.js")).rejects.toThrow();
    expect((await late.ask("/")).status).toBe(200);
    expect((await ask("/gone.js")).status).toBe(404);
  });

  it("close their files when the client leaves", async () => {
    const { server, cookie } = await serving({ application: app });
    const files = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === "FSReqCallback").length + openStreams();
    const before = files();
    for (let k = 0; k < 20; k++) {
      const leaving = request({ port: server.port, path: "/big.bin", headers: { cookie }, agent: false });
      await new Promise<void>((resolve) => {
        leaving
          .on("error", () => {})
          .on("response", (response) => {
            response
              .on("error", () => {})
              .once("data", () => {
                response.destroy();
                resolve();
              });
          });
        leaving.end();
      });
    }
    await until(() => server.connections() === 0);
    await until(() => files() <= before);
  });
});

/** Open files of this process, where the system tells. */
function openStreams(): number {
  try {
    return readdirSync("/proc/self/fd").filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).endsWith("big.bin");
      } catch {
        return false;
      }
    }).length;
  } catch {
    return 0;
  }
}

describe("the headers of every answer", () => {
  const digest = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const policyOf = (header: unknown): Record<string, string> =>
    Object.fromEntries(
      String(header)
        .split("; ")
        .map((part) => [part.slice(0, part.indexOf(" ")), part.slice(part.indexOf(" ") + 1)]),
    );

  it("isolate the page, guess no types, leave no referrer, and allow no frame", async () => {
    const { server, ask } = await serving({ application: app });
    const answers = [
      await ask("/"),
      await ask("/api/session"),
      await ask("/nothing.js"),
      await ask("/api/nothing"),
      await ask("/%"),
      await asked(server.port, "/"),
      await asked(server.port, `/${new URL(server.address).search}`),
    ];
    for (const { headers } of answers)
      expect(headers).toMatchObject({
        "cross-origin-embedder-policy": "require-corp",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "content-security-policy": expect.any(String),
      });
    for (const { headers } of answers) expect(headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("allow scripts of this server and those of the page by their digests, and no others", async () => {
    const { ask } = await serving({ application: app });
    const policy = policyOf((await ask("/")).headers["content-security-policy"]);
    expect(policy["script-src"]).toBe(`'self' 'wasm-unsafe-eval' ${digest(INLINE)} ${digest("\n2\n")}`);
    expect(policy["default-src"]).toBe("'self'");
    expect(policy["worker-src"]).toBe("'self' blob:");
    for (const name of ["object-src", "base-uri", "form-action", "frame-ancestors"])
      expect(policy[name]).toBe("'none'");
  });

  it("allow connections to this server and the hub, the user's own too", async () => {
    const hubs = "'self' https://huggingface.co https://*.huggingface.co https://*.hf.co";
    const connect = async () => {
      const { ask } = await serving({ application: app });
      return policyOf((await ask("/")).headers["content-security-policy"])["connect-src"];
    };
    vi.stubEnv("HF_ENDPOINT", "");
    expect(await connect()).toBe(hubs);
    vi.stubEnv("HF_ENDPOINT", "https://hub.example:8443/path");
    expect(await connect()).toBe(`${hubs} https://hub.example:8443`);
    for (const nonsense of ["nonsense; script-src *", "data:x", "https://a.example;script-src *"]) {
      vi.stubEnv("HF_ENDPOINT", nonsense);
      expect(await connect()).toBe(hubs);
    }
  });
});
