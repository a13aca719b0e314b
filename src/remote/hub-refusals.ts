import { FormatError } from "../formats/index.js";
import { type HubName, shownHubName } from "./hub-name.js";
import type { Site } from "./request.js";

interface Asking {
  readonly endpoint: string;
  /** The origin of the token; undefined if none was sent. */
  readonly tokenOrigin?: string | undefined;
}

/**
 * The message for a hub's refusal, from its X-Error-Code (huggingface_hub, `utils/_http.py`) and the status. To a user
 * without access, a private model looks like one that does not exist. A wrong token is refused even if none is needed.
 */
export function explainHub(name: HubName, { endpoint, tokenOrigin }: Asking): NonNullable<Site["explain"]> {
  const file = shownHubName(name);
  const page = `${endpoint}/${name.repository}`;
  return ({ status, headers }, shown) => {
    const code = headers.get("x-error-code");
    if (code === "GatedRepo") {
      const remedy =
        tokenOrigin === undefined
          ? `Accept its conditions at ${page}, then set HF_TOKEN to one of your tokens.`
          : `Accept its conditions at ${page} with the account of ${tokenOrigin}.`;
      return new FormatError("the hub gives this model only to those who accepted its conditions", {
        kind: "unreadable",
        file,
        remedy,
      });
    }
    if (code === "RevisionNotFound") {
      return new FormatError("the repository has no such revision", {
        kind: "missing",
        file,
        remedy: `Its branches and tags are listed at ${page}.`,
      });
    }
    if (code === "EntryNotFound")
      return new FormatError("the repository has no such file", {
        kind: "missing",
        file: shown,
        remedy: `See ${page}.`,
      });
    if (status === 401 && tokenOrigin !== undefined && code !== "RepoNotFound") {
      return new FormatError(`the hub does not accept the token of ${tokenOrigin}`, {
        kind: "unreadable",
        file,
        remedy: "It may have expired: set a new one, or none for a public model.",
      });
    }
    if (status === 401 || status === 404) {
      const remedy =
        tokenOrigin === undefined
          ? "Check the name; a private model needs HF_TOKEN."
          : `Check the name, and that the account of ${tokenOrigin} may see it.`;
      return new FormatError("the hub has no such model, or it is private", { kind: "missing", file, remedy });
    }
    if (status === 403) {
      return new FormatError("the hub refuses access (status 403)", {
        kind: "unreadable",
        file,
        remedy:
          tokenOrigin === undefined
            ? "Set HF_TOKEN to a token that may read it."
            : `The token of ${tokenOrigin} may not read it.`,
      });
    }
    return undefined;
  };
}
