import { Argument, type Command } from "commander";
import { SHELLS, type Shell } from "./completion.js";

const EPILOGUE = `
bash   eval "$(eigenscope completion bash)"             in ~/.bashrc
zsh    source <(eigenscope completion zsh)              in ~/.zshrc, after compinit
fish   eigenscope completion fish | source              in ~/.config/fish/config.fish

The script is static: completing starts no process.`;

/** `eigenscope completion`: a script that completes commands, options and values in a shell. */
export function addCompletionCommand(root: Command, complete: (shell: Shell) => Promise<void>): void {
  root
    .command("completion")
    .description("print a script that completes commands, options and values in a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText("after", EPILOGUE)
    .action(complete)
    .helpOption("-h, --help", "print this help")
    .exitOverride()
    .showSuggestionAfterError();
}
