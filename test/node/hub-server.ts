import { type Seen, startServer, type TestServer } from "../remote/test-server.js";

export const SHA = "0123456789abcdef0123456789abcdef01234567";
export const TOKEN = "hf_topsecret";

/** A Hugging Face hub with one model, "org/model", whose large files lie on another host. */
export interface TestHub {
  readonly endpoint: string;
  readonly hub: TestServer;
  readonly storage: TestServer;
  /**
   * What the model is to whoever asks: open to all, for those with the token only, or gated (the token alone does not
   * open it).
   */
  access: "public" | "private" | "gated";
  /** Everything that was asked of both hosts. */
  seen(): readonly Seen[];
  close(): Promise<void>;
}

/** As the hub does: files of this size and more are redirected to a signed address. */
const LARGE_BYTES = 10_000;

export async function startHub(files: Record<string, Uint8Array | string>): Promise<TestHub> {
  const storage = await startServer();
  const contents = Object.fromEntries(
    Object.entries(files).map(([name, content]) => [`/org/model/resolve/${SHA}/${name}`, content]),
  );
  const hub = await startServer(contents);
  for (const [path, bytes] of hub.files) if (bytes.length >= LARGE_BYTES) storage.files.set(path, bytes);
  storage.before = (request, response) => {
    // A signed address that is sent a token as well answers 400, as S3 does.
    if (request.headers.authorization === undefined && request.url?.endsWith("?signature=1")) return false;
    response.writeHead(400).end();
    return true;
  };
  const started: TestHub = {
    endpoint: hub.origin,
    hub,
    storage,
    access: "public",
    seen: () => [...hub.seen, ...storage.seen],
    close: async () => void (await Promise.all([hub.close(), storage.close()])),
  };
  hub.before = (request, response) => {
    const refuse = (status: number, code?: string): true => {
      response.writeHead(status, code === undefined ? {} : { "x-error-code": code }).end();
      return true;
    };
    const path = decodeURIComponent(request.url ?? "");
    const { authorization } = request.headers;
    if (authorization !== undefined && authorization !== `Bearer ${TOKEN}`) return refuse(401);
    const [, repository, rest] = /^\/(?:api\/models\/)?([^/]+\/[^/]+)(\/.*)$/.exec(path) ?? [];
    if (repository !== "org/model" || (started.access === "private" && authorization === undefined))
      return refuse(401, "RepoNotFound");
    if (started.access === "gated" && !path.startsWith("/api/"))
      return refuse(authorization === undefined ? 401 : 403, "GatedRepo");
    if (rest.startsWith("/revision/")) {
      if (!["/revision/main", "/revision/v1", `/revision/${SHA}`].includes(rest))
        return refuse(404, "RevisionNotFound");
      const siblings = [".gitattributes", "README.md", ...Object.keys(files)].map((rfilename) => ({ rfilename }));
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ id: "org/model", sha: SHA, siblings }));
      return true;
    }
    if (!hub.files.has(path)) return refuse(404, "EntryNotFound");
    if (!storage.files.has(path)) return false;
    response.writeHead(302, { location: `${storage.origin}${path}?signature=1` }).end();
    return true;
  };
  return started;
}
