import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** How a model of a hub is found. Omitted options are taken from the environment, as in huggingface_hub. */
export interface HubOptions {
  /** A branch, a tag or a commit. Default: the one in the name, else "main". */
  readonly revision?: string | undefined;
  /** Default: HF_ENDPOINT, else the public hub. */
  readonly endpoint?: string;
  /** Default: HF_TOKEN, else the file HF_TOKEN_PATH or $HF_HOME/token. An empty one means none. */
  readonly token?: string;
  /** Default: HF_HUB_CACHE, else HUGGINGFACE_HUB_CACHE, else $HF_HOME/hub. */
  readonly cacheFolder?: string;
  /** Read the cache only. Default: HF_HUB_OFFLINE. */
  readonly offline?: boolean;
}

export interface HubSettings {
  readonly endpoint?: string | undefined;
  readonly cacheFolder: string;
  readonly offline: boolean;
  /** Looks for the token, and returns it with its origin. */
  token(): Promise<{ readonly token?: string; readonly tokenOrigin?: string }>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Options override the environment, which overrides defaults (huggingface_hub, `constants.py`). HF_HOME is by default
 * $XDG_CACHE_HOME/huggingface, that by default ~/.cache.
 */
export function hubSettings(options: HubOptions, environment: Environment): HubSettings {
  const given = (name: string): string | undefined => environment[name] || undefined;
  const home = atHome(given("HF_HOME") ?? join(given("XDG_CACHE_HOME") ?? "~/.cache", "huggingface"));
  const cache = options.cacheFolder ?? given("HF_HUB_CACHE") ?? given("HUGGINGFACE_HUB_CACHE") ?? join(home, "hub");
  const tokenFile = atHome(given("HF_TOKEN_PATH") ?? join(home, "token"));
  return {
    endpoint: options.endpoint ?? given("HF_ENDPOINT"),
    cacheFolder: atHome(cache),
    offline: options.offline ?? /^(1|on|yes|true)$/i.test(given("HF_HUB_OFFLINE") ?? ""),
    async token() {
      if (options.token !== undefined) return tokenFrom(options.token, "the option hub.token");
      const { HF_TOKEN } = environment;
      return HF_TOKEN?.trim() ? tokenFrom(HF_TOKEN, "HF_TOKEN") : tokenFrom(await textOf(tokenFile), tokenFile);
    },
  };
}

function tokenFrom(text: string | undefined, tokenOrigin: string): { token?: string; tokenOrigin?: string } {
  const token = text?.trim();
  return token ? { token, tokenOrigin } : {};
}

/** A token file that does not exist, or may not be read, counts as none. */
async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch {
    return undefined;
  }
}

function atHome(path: string): string {
  return /^~(?:$|[\\/])/.test(path) ? join(homedir(), path.slice(1)) : path;
}
