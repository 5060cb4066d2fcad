#!/usr/bin/env bash
# Slurm on this machine alone, started and stopped as root without systemd:
#     local_slurm.sh start FOLDER     its state, logs and slurm.conf are in FOLDER
#     local_slurm.sh stop FOLDER
# For its commands set SLURM_CONF=FOLDER/slurm.conf.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
state="$2"
export SLURM_CONF="$state/slurm.conf"

until_true() {
  for _ in $(seq 150); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  echo "local_slurm.sh: '$*' did not come true within 15 s, see $state/*.log" >&2
  return 1
}

decodes() { munge -n | unmunge; }
idle() { [ "$(sinfo -h -o %T)" = idle ]; }
no_jobs() { [ -z "$(squeue -h)" ]; }
ended() { ! kill -0 "$1"; }

case "$1" in
  start)
    mkdir -p "$state/state" "$state/spool"
    sed -e "s|@STATE@|$state|g" -e "s|@HOSTNAME@|$(hostname)|g" \
      "$here/slurm.conf.in" > "$SLURM_CONF"
    if ! decodes >/dev/null 2>&1; then
      mkdir -p /run/munge
      chown munge:munge /run/munge
      chmod 755 /run/munge
      runuser -u munge -- /usr/sbin/munged --pid-file="/run/munge/evonas-tests.pid"
      touch "$state/started-munge"
      until_true decodes
    fi
    slurmctld -c
    slurmd
    until_true idle
    ;;
  stop)
    scancel --user=root >/dev/null 2>&1 || true
    until_true no_jobs || true
    pids=()
    for daemon in slurmctld slurmd; do
      if [ -s "$state/$daemon.pid" ]; then pids+=("$(cat "$state/$daemon.pid")"); fi
    done
    scontrol shutdown >/dev/null 2>&1 || true
    for pid in "${pids[@]}"; do
      until_true ended "$pid" || kill -KILL "$pid"
    done
    if [ -e "$state/started-munge" ] && [ -s /run/munge/evonas-tests.pid ]; then
      kill "$(cat /run/munge/evonas-tests.pid)"
    fi
    ;;
esac
