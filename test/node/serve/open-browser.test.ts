import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { browserCommand, openBrowser } from "#eigenscope/node/serve/open-browser.js";

const ADDRESS = "http://127.0.0.1:5151/?once=0&calc";

describe("the browser", () => {
  it.each([
    ["darwin", {}, ["open", ADDRESS]],
    ["win32", {}, ["rundll32", "url.dll,FileProtocolHandler", ADDRESS]],
    ["linux", { DISPLAY: ":0" }, ["xdg-open", ADDRESS]],
    ["linux", { WAYLAND_DISPLAY: "wayland-0" }, ["xdg-open", ADDRESS]],
    ["freebsd", { DISPLAY: ":0" }, ["xdg-open", ADDRESS]],
    ["linux", {}, undefined],
    ["linux", { DISPLAY: "" }, undefined],
  ] as const)("is started on %s with %j by %j", (platform, env, command) => {
    expect(browserCommand(ADDRESS, { platform, env })).toEqual(command);
  });

  const started = (event: "spawn" | "error") => {
    const calls: unknown[] = [];
    const start = (...call: unknown[]) => {
      calls.push(call);
      const child = Object.assign(new EventEmitter(), { unref: () => calls.push("unref") });
      queueMicrotask(() => child.emit(event, new Error("spawn xdg-open ENOENT")));
      return child;
    };
    return { calls, start: start as never };
  };
  const desktop = { platform: "linux", env: { DISPLAY: ":0" } } as const;

  it("gets the address as one argument, without a shell, and outlives nobody's wait", async () => {
    const { calls, start } = started("spawn");
    expect(await openBrowser(ADDRESS, desktop, start)).toBeUndefined();
    expect(calls).toEqual([["xdg-open", [ADDRESS], { shell: false, stdio: "ignore", detached: true }], "unref"]);
  });

  it("that cannot be started gives the reason, and without a display nothing is started", async () => {
    const { start } = started("error");
    expect(await openBrowser(ADDRESS, desktop, start)).toBe("spawn xdg-open ENOENT");
    const none = started("spawn");
    expect(await openBrowser(ADDRESS, { platform: "linux", env: {} }, none.start)).toBe("there is no display");
    expect(none.calls).toEqual([]);
  });
});
