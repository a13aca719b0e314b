import { type AnalyzeOptions, resolveOptions } from "../analysis/index.js";
import { printable } from "../bytes/errors.js";
import { type WatchNews, watchFolder } from "../node/watch/index.js";
import { type AlarmRule, AlarmWatch, DEFAULT_ALARMS, ownAlarm } from "../report/gate/index.js";
import { printableSentence } from "../report/text-parts.js";
import { alarmLines, type LinesLook, phaseLegend, phaseLine, readingFields } from "../report/watch/index.js";
import { asUsageError, EXIT } from "./exit-codes.js";
import { onInterruption } from "./interruption.js";
import { assertFolderWritable } from "./output-file.js";
import { progressBar } from "./progress-bar.js";
import { shownBy } from "./shown-by.js";
import { writeStdout } from "./stdout.js";
import { readTerminal, type Terminal } from "./terminal.js";

/** The flags that commander parses: options of the analysis, and options of the command line alone. */
export interface WatchFlags extends AnalyzeOptions {
  readonly run?: string;
  readonly once: boolean;
  /** Seconds. */
  readonly interval: number;
  readonly json: boolean;
  readonly alarm: readonly string[];
  readonly defaultAlarms: boolean;
  readonly serve: boolean;
  readonly port?: number;
  readonly open: boolean;
  readonly quiet: boolean;
  readonly progress: boolean;
  readonly color: boolean;
}

/** `eigenscope watch`: prints what the watch tells. Resolves with --once; else a signal ends it. */
export async function watchCommand(folder: string, flags: WatchFlags, signal: AbortSignal): Promise<number> {
  const { run, once, interval, quiet } = flags;
  const analysis = optionsOf(flags);
  const rules: AlarmRule[] = [...(flags.defaultAlarms ? DEFAULT_ALARMS : []), ...flags.alarm.map(ownAlarm)];
  asUsageError(() => {
    resolveOptions(analysis);
    new AlarmWatch(rules);
  });
  if (run !== undefined) await assertFolderWritable(run);
  const terminal = readTerminal(flags, process);
  const bar = terminal.progress ? progressBar(process.stderr, () => performance.now()) : undefined;
  let known = 0;
  let shown = "";
  let show = bar === undefined ? undefined : shownBy(bar);
  const printing = printer(flags, terminal);
  try {
    for await (const news of watchFolder(folder, {
      ...{ run, once, intervalMs: interval * 1000, analysis, rules, signal },
      ...(bar !== undefined && {
        onEvent: (event, checkpoint) => {
          // Each checkpoint begins at none of its layers.
          if (shown !== checkpoint) show = shownBy(bar);
          shown = checkpoint;
          show?.(event);
        },
      }),
    })) {
      bar?.clear();
      if (news.kind === "reading") known++;
      if (news.kind === "begun") {
        known = news.known;
        await begun(news.run, flags);
      } else if (!quiet || flags.json) printing(news);
    }
  } finally {
    bar?.clear();
    onInterruption(undefined);
  }
  if (known > 0) return EXIT.done;
  process.stderr.write(`eigenscope: ${printable(folder)}: found no complete checkpoint\n`);
  return EXIT.input;
}

/** What a signal means from now on, and the page if it is asked for. */
async function begun(run: string, { once, serve, port, open, quiet }: WatchFlags): Promise<void> {
  const kept = `what is done is kept in ${printable(run)}; the same command goes on from there`;
  onInterruption(once ? { hint: () => kept } : { isEnd: true });
  if (!quiet && !once) process.stderr.write(`eigenscope: watching; the record is in ${printable(run)}; Ctrl-C stops\n`);
  if (!serve) return;
  const { serveAddress } = await import("./serve.js");
  process.stderr.write(`eigenscope: live at ${await serveAddress({ path: run, port, open })}\n`);
}

/** Prints readings on stdout, and what else is told on stderr. */
function printer(
  { json, quiet }: WatchFlags,
  { width, color }: Terminal,
): (news: Exclude<WatchNews, { kind: "begun" }>) => void {
  let layers = "";
  return (news) => {
    if (news.kind !== "reading") {
      if (!quiet) process.stderr.write(`eigenscope: ${printableSentence(sentenceOf(news))}\n`);
      return;
    }
    const { reading, stepFrom } = news;
    if (json) return writeStdout(`${JSON.stringify(readingFields(reading))}\n`);
    const look: LinesLook = { width, color, isTime: stepFrom === "time" };
    const names = JSON.stringify([reading.records.map(({ longname }) => longname), look.isTime]);
    if (names !== layers) writeStdout(phaseLegend(reading.records, look));
    layers = names;
    writeStdout(phaseLine(reading, look) + alarmLines(reading, look));
  };
}

function sentenceOf(news: Exclude<WatchNews, { kind: "begun" | "reading" }>): string {
  if (news.kind === "vanished") return `${news.checkpoint}: gone before it was read`;
  const what = news.kind === "partial" ? "not complete" : "left out";
  return `${news.checkpoint}: ${what}: ${news.reason}`;
}

/** The flags that are options of the analysis. */
function optionsOf({
  run,
  once,
  interval,
  json,
  alarm,
  defaultAlarms,
  serve,
  port,
  open,
  quiet,
  progress,
  color,
  ...options
}: WatchFlags): AnalyzeOptions {
  return options;
}
