import { existsSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sirv from "sirv";
import { Refusal } from "./refusal.js";

/** The application that `npm run build` makes. */
export const BUILT_APPLICATION = fileURLToPath(new URL("../../app", import.meta.url));

/** The page that stands for an application that was not built. */
const PLACEHOLDER =
  '<!doctype html><html lang="en"><meta charset="utf-8"><title>eigenscope</title>' +
  "<p>The application was not built: npm run build. The API answers.</p></html>\n";

/** The pages of the server. */
export interface Application {
  /** The text of the first page. */
  readonly html: string;
  /** Answers GET and HEAD. Throws a `Refusal` for a file that is not there. */
  answer(request: IncomingMessage, response: ServerResponse): void;
}

/**
 * The files of a folder; the views of the application are in the part of an address behind "#". A folder that is not
 * there gives a page that says so.
 */
export function applicationIn(folder: string = BUILT_APPLICATION): Application {
  const index = join(folder, "index.html");
  if (!existsSync(index))
    return { html: PLACEHOLDER, answer: (request, response) => sendPlaceholder(request, response) };
  const files = sirv(folder, { etag: true, maxAge: 0 });
  return {
    html: readFileSync(index, "utf8"),
    answer(request, response) {
      // It would show its kept copy of the page when no server runs, or one of another version.
      if (request.headers["service-worker"] !== undefined) throw notThere();
      // sirv does not check ranges, and no file of the application is large.
      delete request.headers.range;
      // sirv opens a file and leaves it at that: what goes wrong later, and a client that leaves, is ours to see to.
      response.once("pipe", (file: NodeJS.ReadableStream & { destroy(): void }) => {
        file.once("error", () => response.destroy());
        response.once("close", () => file.destroy());
      });
      files(request, response, () => {
        throw notThere();
      });
    },
  };
}

function sendPlaceholder({ url }: IncomingMessage, response: ServerResponse): void {
  if (url?.split("?")[0] !== "/") throw notThere();
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
  response.end(PLACEHOLDER);
}

function notThere(): Refusal {
  return new Refusal(404, "There is no such page.");
}
