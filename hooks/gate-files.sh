#!/usr/bin/env bash
# Runs `eigenscope analyze` on each of several files, with the same options: OPTIONS -- FILES. Exits with 1 if a rule
# holds for any of them, else with the first other code that is not 0. EIGENSCOPE may name the command.
set -uo pipefail

options=()
while [ $# -gt 0 ] && [ "$1" != "--" ]; do
  options+=("$1")
  shift
done
if [ $# -eq 0 ]; then
  echo "gate-files.sh: no -- between options and files; end the hook's args with --" >&2
  exit 2
fi
shift

if [ -n "${EIGENSCOPE:-}" ]; then
  read -r -a command <<< "$EIGENSCOPE"
elif command -v eigenscope > /dev/null; then
  command=(eigenscope)
elif npx --no-install eigenscope --version > /dev/null 2>&1; then
  command=(npx --no-install eigenscope)
else
  echo "gate-files.sh: eigenscope is not installed; run: npm install -g eigenscope" >&2
  exit 2
fi

code=0
for file in "$@"; do
  echo "$file" >&2
  "${command[@]}" analyze --quiet "${options[@]}" -- "$file"
  found=$?
  if [ "$found" -eq 1 ] || [ "$code" -eq 0 ]; then code=$found; fi
  if [ "$found" -eq 130 ]; then exit 130; fi
done
exit "$code"
