import * as z from "zod";
import { MAX_NAME_LENGTH } from "../serve/limits.js";
import { DEFAULT_ROWS, MAX_ROWS } from "./limits.js";

// Arguments and results that several tools have. The words are for the model that calls them.

export const modelPath = z
  .string()
  .min(1)
  .max(MAX_NAME_LENGTH)
  .describe(
    "A weight file (safetensors, PyTorch, GGUF, ONNX, Keras, npz and others) or the folder of a model: relative to a " +
      "folder of this server, or absolute. The tool list shows what there is.",
  );

/** Most globs in one call, and characters of each. */
const MAX_GLOBS = 100;
const MAX_GLOB_LENGTH = 500;

export const layerGlobs = z
  .array(z.string().min(1).max(MAX_GLOB_LENGTH))
  .max(MAX_GLOBS)
  .optional()
  .describe('Only layers whose full name matches one of these globs, such as "*.mlp.*". Default: all layers.');

export const rowLimit = z
  .int()
  .min(1)
  .max(MAX_ROWS)
  .default(DEFAULT_ROWS)
  .describe("Most rows in the answer. Fewer come if they would be too long; next_cursor has the rest.");

export const cursor = z
  .string()
  .max(100)
  .optional()
  .describe("next_cursor of an earlier answer, with the same other arguments: the rows after it, without new work.");

export const rowsTotal = z.int().describe("Rows in all, of which this answer has some.");
export const nextCursor = z
  .string()
  .nullable()
  .describe("Give it as cursor to get the rows that follow; null after the last one.");

export const number = z.number().nullable();
export const text = z.string();
export const maybeText = z.string().nullable();
export const sentences = z.array(z.string());
export const counts = z.record(z.string(), z.int());
