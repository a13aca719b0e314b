import { type ChildProcess, spawn } from "node:child_process";

/** What decides how a browser is started. */
export interface Desktop {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A program with its arguments; no shell reads them. */
export type Command = readonly [program: string, ...args: string[]];

/** The command that shows an address in the user's browser. Undefined without a display. */
export function browserCommand(address: string, { platform, env }: Desktop): Command | undefined {
  if (platform === "darwin") return ["open", address];
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler", address];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ["xdg-open", address] : undefined;
}

/**
 * Shows an address in the user's browser. Resolves to undefined, or to the reason why it cannot: no display, no such
 * program. The program runs on by itself.
 */
export async function openBrowser(
  address: string,
  desktop: Desktop = process,
  start: typeof spawn = spawn,
): Promise<string | undefined> {
  const command = browserCommand(address, desktop);
  if (command === undefined) return "there is no display";
  const [program, ...args] = command;
  const child: ChildProcess = start(program, args, { shell: false, stdio: "ignore", detached: true });
  return new Promise((resolve) => {
    child.once("error", ({ message }) => resolve(message));
    child.once("spawn", () => {
      child.unref();
      resolve(undefined);
    });
  });
}
