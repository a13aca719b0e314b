import {
  awaitShares,
  currentStage,
  dismiss,
  type HelpWanted,
  hasHelpers,
  helpUntilRecalled,
  newControl,
  openStage,
  shareDone,
  takeShare,
  wordsOf,
} from "../team-control.js";
import type { Build } from "./kernel-builds.js";
import { instantiateKernels, THREADS_SHARE_MEMORY } from "./kernels.js";
import { type ShareContext, STAGE_NAMES, STAGES, type StageName } from "./stages.js";

/** What a helper of the WebAssembly engine needs to know: the kernels and the leader's memory. */
export interface WasmHelpWanted extends HelpWanted {
  readonly build: Build;
  readonly memory: WebAssembly.Memory;
}

/** The threads that work on one matrix, as the leader sees them. */
export interface Team {
  /** Does all `shares` of a stage, together with the helpers. */
  run(stage: StageName, args: readonly number[], shares: number): void;
  /** Opens the team to helpers; undefined if threads cannot share memory. */
  open(build: Build): WasmHelpWanted | undefined;
  /** Sends the helpers away. */
  close(): void;
}

export function createTeam(context: ShareContext): Team {
  let control: SharedArrayBuffer | undefined;
  return {
    run(stage, args, shares) {
      if (control !== undefined && shares > 1 && hasHelpers(control)) {
        lead(context, control, { stage, args, shares });
      } else for (let item = 0; item < shares; item++) STAGES[stage](context, args, item);
    },
    open(build) {
      if (!THREADS_SHARE_MEMORY) return undefined;
      control = newControl();
      return { build, memory: context.memory, control };
    },
    close() {
      if (control !== undefined) dismiss(control);
      control = undefined;
    },
  };
}

interface Stage {
  readonly stage: StageName;
  readonly args: readonly number[];
  readonly shares: number;
}

function lead(context: ShareContext, control: SharedArrayBuffer, { stage, args, shares }: Stage): void {
  const state = wordsOf(control);
  openStage(control, { stage: STAGE_NAMES.indexOf(stage), args, shares });
  for (let item = takeShare(state); item !== undefined; item = takeShare(state)) {
    STAGES[stage](context, args, item);
    shareDone(state);
  }
  awaitShares(state);
}

/** Whether the helpers wanted are those of the WebAssembly engine. */
export function isWasmHelp(wanted: HelpWanted): wanted is WasmHelpWanted {
  return "build" in wanted;
}

/**
 * A helper's work, from its start until the leader is done or it is recalled; blocks the thread. `member`, from 1, is
 * its number in the team.
 */
export function assist({ build, memory, control }: WasmHelpWanted, member: number): void {
  const context: ShareContext = { kernels: instantiateKernels(build, memory), memory };
  helpUntilRecalled(control, member, (item) => {
    const { stage, args } = currentStage(control);
    STAGES[STAGE_NAMES[stage]](context, args, item);
  });
}
