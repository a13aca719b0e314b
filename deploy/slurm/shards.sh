#!/bin/bash
#SBATCH --job-name=eigenscope
#SBATCH --array=1-16
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --time=24:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
# One model, split over the tasks of an array: sbatch shards.sh <source> <run folder> [options of analyze]
# The run folder is on a file system that all nodes share. The same again does only what is missing.
set -euo pipefail

if [ "$#" -lt 2 ]; then
  echo "usage: sbatch --array=1-<n> shards.sh <source> <run folder> [options of eigenscope analyze]" >&2
  exit 2
fi
source=$1
run=$2
shift 2

# Shares are numbered from 1: with another array, some would be done by nobody.
if [ "$SLURM_ARRAY_TASK_MIN" -ne 1 ] || [ "$SLURM_ARRAY_TASK_MAX" -ne "$SLURM_ARRAY_TASK_COUNT" ]; then
  echo "the array has to be 1-<n>, as in sbatch --array=1-16" >&2
  exit 2
fi

code=0
eigenscope analyze "$source" --run "$run" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
  --jobs "${SLURM_CPUS_PER_TASK:-1}" --quiet "$@" || code=$?
# 4: some layers have no spectrum. Their rows of the report say why; the report must not wait for them.
if [ "$code" -ne 4 ]; then exit "$code"; fi
