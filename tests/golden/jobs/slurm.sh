#!/bin/bash
#SBATCH --job-name=my-search
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=5
#SBATCH --cpus-per-task=2
#SBATCH --time=0-01:30:00
#SBATCH --output=/home/me/first.job/log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@60
#SBATCH --gres=gpu:4
#SBATCH --mem=64G
#SBATCH --account=proj-7
#SBATCH --partition=gpu
#SBATCH --constraint=a100

# Written by `evonas submit`. Begins the search, or goes on with it, and queues itself
# again until /home/me/first/result.json says "finished", or that another job took the search.
run=/home/me/first
job=/home/me/first.job
most=7
attempt="${SLURM_RESTART_COUNT:-0}"
if [ -z "${SLURM_JOB_END_TIME:-}" ]; then
  end="$(squeue -h -j "$SLURM_JOB_ID" -o %e)"
  [ -z "$end" ] || CLUSTER_JOB_END_TIME="$(date +%s -d "$end")"
  export CLUSTER_JOB_END_TIME
fi
cd /home/me || exit 2
export CLUSTER_EXIT_CODE_FILE="$job/exit_code"
rm -f "$CLUSTER_EXIT_CODE_FILE"
module load cuda/12.4
module load openmpi
source /home/me/env/bin/activate
ulimit -n 4096

finished() {
  grep -qs '^  "status": "finished"' "$run/result.json"
}
taken() {
  [ "$status" = 3 ] && grep -qs '^  "reason": "hand-over' "$run/result.json"
}

# The search stops cleanly on USR1, with which the scheduler warns of the end. TERM
# without a warning comes from whoever cancels the job: it stops too, and is not queued
# again. After a warning it means that the search hangs.
warned=
cancelled=
search=
tell() {
  [ -z "$search" ] || kill "$1" "$search" 2>/dev/null
}
warn() {
  warned=yes
  tell -USR1
}
cancel() {
  if [ -n "$warned" ]; then
    tell -KILL
  else
    cancelled=yes
    tell -USR1
  fi
}
trap warn USR1 USR2
trap cancel TERM INT

finished && exit 0
if [ -e "$run/config.yaml" ]; then
  mpirun -n 20 --map-by ppr:5:node evonas resume "$run" &
else
  mpirun -n 20 --map-by ppr:5:node evonas search '/home/me/my search.yaml' --out /home/me/first --set=seed=3 &
fi
search=$!
# A signal ends `wait` before the search has ended.
while wait "$search"; status=$?; kill -0 "$search" 2>/dev/null; do :; done
# The first rank writes its own; that of the launcher may be another.
[ ! -s "$CLUSTER_EXIT_CODE_FILE" ] || status="$(cat "$CLUSTER_EXIT_CODE_FILE")"

if finished; then
  exit 0
elif [ "$status" = 2 ] || [ "$status" = 126 ] || [ "$status" = 127 ]; then
  echo "$job: the input is wrong, see above; not queued again" >&2
  exit 2
elif taken; then
  echo "$job: another process goes on with the search; not queued again" >&2
  exit 3
elif [ -n "$cancelled" ]; then
  echo "$job: cancelled; submit it again to go on" >&2
  exit 3
elif [ "$attempt" -ge "$most" ]; then
  echo "$job: not finished after $attempt more jobs, as many as cluster.requeue" \
    "allows; submit it again to go on" >&2
  exit 3
fi
scontrol requeue "$SLURM_JOB_ID"
