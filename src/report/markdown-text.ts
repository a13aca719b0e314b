import { printableSentence } from "./printable-sentence.js";

// Names and sentences in Markdown: what comes from a file must not become markup, nor a link that nobody wrote.

/** A sentence as it may stand anywhere, a table's cell included. */
export function markdownText(text: string): string {
  return oneLine(text)
    .replaceAll(/[\\`*_{}[\]<>()#+!|~$&@]/g, (sign) => `\\${sign}`)
    .replaceAll("://", "\\://")
    .replaceAll(/\bwww\./gi, (start) => `${start.slice(0, 3)}\\.`);
}

/** A name as code, as it may stand in a table's cell. A backquote in it would end the code. */
export function markdownCode(text: string): string {
  return `\`${oneLine(text).replaceAll("`", "'").replaceAll("|", "\\|")}\``;
}

/** A command as a block of its own. It is one line that begins with a letter, so that it cannot end the block. */
export function markdownCommand(command: string): string {
  return `\`\`\`\n${oneLine(command)}\n\`\`\``;
}

function oneLine(text: string): string {
  return printableSentence(text.replaceAll(/\s+/g, " "));
}
