/** The project's name until version 0.1: what bears it is still read, for one version. */
export const OLD_NAME = "weightscope";

type Environment = Readonly<Record<string, string | undefined>>;

/** An environment variable of the project: EIGENSCOPE_<name>, else the one under the old name. */
export function ownVariable(name: "DEBUG", environment: Environment): string | undefined {
  return environment[`EIGENSCOPE_${name}`] || environment[oldVariable(name)];
}

/** A sentence for each variable that is set under the old name alone. */
export function oldVariableWarnings(environment: Environment): string[] {
  return (["DEBUG"] as const)
    .filter((name) => environment[oldVariable(name)] && !environment[`EIGENSCOPE_${name}`])
    .map((name) => `${oldVariable(name)} is called EIGENSCOPE_${name} now; the old name is read for one more version`);
}

function oldVariable(name: string): string {
  return `${OLD_NAME.toUpperCase()}_${name}`;
}
