#!/bin/bash
#SBATCH --job-name=eigenscope-report
#SBATCH --cpus-per-task=1
#SBATCH --mem=2G
#SBATCH --time=1:00:00
# The report of a run that shards.sh has done: sbatch report.sh <run folder> <report.json> [options of report]
# Fails with 4 if layers are missing or have no spectrum; the report is written all the same.
set -euo pipefail

if [ "$#" -lt 2 ]; then
  echo "usage: sbatch report.sh <run folder> <report.json> [options of eigenscope report]" >&2
  exit 2
fi
run=$1
report=$2
shift 2

eigenscope report "$run" --json "$report" --quiet "$@"
