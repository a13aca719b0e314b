export interface QuotedCommand {
  /** The words after `eigenscope`. */
  readonly args: readonly string[];
  /** In a line of text, where it may be a mention: `eigenscope advise`. */
  readonly isMention: boolean;
}

/** The commands of eigenscope that a Markdown text quotes: in blocks of a shell or notebook, and in lines of text. */
export function quotedCommands(markdown: string): QuotedCommand[] {
  const blocks = [...markdown.matchAll(/^```(\w*)[^\n]*\n([\s\S]*?)^```$/gm)]
    .filter(([, language]) => ["", "sh", "console", "python"].includes(language))
    .flatMap(([, , body]) => body.replaceAll(/\\\n\s*/g, " ").split("\n"));
  const inline = [...withoutBlocks(markdown).matchAll(/`([^`]+)`/g)].map(([, code]) => code.replaceAll(/\s+/g, " "));
  return [
    ...blocks.flatMap(commandsOf).map((args) => ({ args, isMention: false })),
    ...inline.flatMap(commandsOf).map((args) => ({ args, isMention: true })),
  ];
}

/** The long options that a text names in code by themselves: `--tails`, `--weightwatcher=mp_fit`. */
export function namedOptions(markdown: string): string[] {
  return [...withoutBlocks(markdown).matchAll(/`(--[a-z][a-z-]*)[^`]*`/g)].map(([, option]) => option);
}

const withoutBlocks = (markdown: string): string => markdown.replaceAll(/^```[\s\S]*?^```$/gm, "");

/** The command lines of eigenscope in one line of a shell, as words. */
function commandsOf(line: string): string[][] {
  const found: string[][] = [];
  for (const words of simpleCommands(line.replace(/^\s*[$!]\s*/, ""))) {
    const start = words[0] === "npx" ? 1 : 0;
    if (words[start] === "eigenscope") found.push(words.slice(start + 1));
  }
  return found;
}

/** The simple commands of a line of a shell, each as its words without quotes; redirections and comments end one. */
function simpleCommands(line: string): string[][] {
  const commands: string[][] = [[]];
  let ended = false;
  for (const [, quoted1, quoted2, plain] of line.matchAll(/'([^']*)'|"([^"]*)"|((?:<[\w .]+>|[^\s'"])+)/g)) {
    if (plain === "|" || plain === "&&" || plain === ";") {
      commands.push([]);
      ended = false;
    } else if (plain !== undefined && /^(?:#|[12]?>)/.test(plain)) ended = true;
    else if (!ended) commands.at(-1)!.push(quoted1 ?? quoted2 ?? plain);
  }
  return commands;
}
