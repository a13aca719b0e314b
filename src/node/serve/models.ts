import { randomBytes } from "node:crypto";
import { isOver, type ModelProgress } from "./event-history.js";
import { MAX_KEPT_MODELS } from "./limits.js";
import { Refusal } from "./refusal.js";
import type { ServedModel } from "./served-model.js";

/** What a list of models says of one. */
export interface ModelEntry extends ModelProgress {
  readonly id: string;
  readonly label: string;
  readonly kind: ServedModel["kind"];
}

/** The models that the page has asked for, by their ids. */
export class Models {
  private readonly models = new Map<string, ServedModel>();

  /** In the order in which they were asked for. */
  list(): ModelEntry[] {
    return [...this.models].map(([id, { label, kind, history }]) => ({ id, label, kind, ...history.progress }));
  }

  /** Keeps a model and gives it an id. The oldest one that is over makes room. Throws a `Refusal` if none is over. */
  add(make: () => ServedModel): string {
    if (this.models.size >= MAX_KEPT_MODELS) {
      const over = [...this.models].find(([, { history }]) => isOver(history.progress));
      if (over === undefined)
        throw new Refusal(
          503,
          `${MAX_KEPT_MODELS} models are being analysed or wait; cancel some, or ask again later.`,
        );
      this.models.delete(over[0]);
    }
    const id = randomBytes(8).toString("hex");
    this.models.set(id, make());
    return id;
  }

  /** Throws a `Refusal` if there is no such model. */
  get(id: string): ServedModel {
    const model = this.models.get(id);
    if (model === undefined) throw new Refusal(404, "There is no such model: it was removed, or is of another server.");
    return model;
  }

  /** Cancels a model that is at work or waits. One that is over is forgotten. */
  remove(id: string): void {
    const model = this.get(id);
    if (isOver(model.history.progress)) this.models.delete(id);
    else model.cancel();
  }

  cancelAll(): void {
    for (const { cancel } of this.models.values()) cancel();
  }
}
