"""Memory of workers that hold the same task, with and without the task cache.

    python benchmarks/task_memory.py --out docs/results/task-memory

Starts 1, 2 and 4 processes that open Fashion-MNIST and put it on a CPU as training
does, and reads what the system charges each: PSS (its own pages and its share of those
that it shares) once everybody is ready. A process that only imported the same modules
is the baseline. Writes `figures.json` and `README.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

WORKERS = (1, 2, 4)
MIB = 1024 * 1024
PROGRAM = """
import json, resource, sys, time
import torch
from evonas.tasks import open_task
from evonas.training.data import DeviceData

torch.set_num_threads(1)
section = json.loads(sys.argv[1])
start, seconds = time.process_time(), 0.0
data = None
if section is not None:
    task = open_task(section)
    version = task.version
    seconds = time.process_time() - start
    data = DeviceData(task, torch.device("cpu"), 0, 0.2)
    # As an epoch does: every page of the training data is touched.
    touched = int(data.inputs.max())
print(json.dumps({"open_cpu_seconds": seconds}), flush=True)
sys.stdin.readline()
wanted = ("Pss", "Rss", "Private_Dirty")
found = {}
with open("/proc/self/smaps_rollup") as file:
    for line in file:
        key, _, rest = line.partition(":")
        if key in wanted:
            found[key] = int(rest.split()[0]) * 1024
found["peak_rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps(found), flush=True)
sys.stdin.readline()
"""


def measure(section: dict[str, Any] | None, count: int) -> list[dict[str, float]]:
    """What each of `count` processes uses while all are ready."""
    words = [sys.executable, "-c", PROGRAM, json.dumps(section)]
    running = [
        subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(count)
    ]
    ready = [json.loads(_line(process)) for process in running]
    for process in running:
        _answer(process)
    found = [json.loads(_line(process)) for process in running]
    for process in running:
        _answer(process)
        process.wait(600)
    return [{**a, **b} for a, b in zip(ready, found, strict=True)]


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SystemExit("a process ended early; its error stands above")
    return line


def _answer(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def mean(rows: list[dict[str, float]], key: str) -> float:
    """Over the processes."""
    return sum(row[key] for row in rows) / len(rows)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", default="fashion-mnist")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    figures: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "task": arguments.task,
        "workers": {},
    }
    with tempfile.TemporaryDirectory() as folder:
        own = {"name": arguments.task, "cache": "none"}
        mapped = {"name": arguments.task, "cache": folder}
        started = time.monotonic()
        figures["staging"] = measure(mapped, 1)
        figures["staging_wall_seconds"] = time.monotonic() - started
        for count in WORKERS:
            figures["workers"][count] = {
                "imports_only": measure(None, count),
                "own_copy": measure(own, count),
                "cache": measure(mapped, count),
            }
            print(f"{count} workers measured", file=sys.stderr)
    arguments.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures, indent=1)
    (arguments.out / "figures.json").write_text(f"{text}\n")
    (arguments.out / "README.md").write_text(report(figures))


def report(figures: dict[str, Any]) -> str:
    """The page."""
    rows = []
    for count, found in figures["workers"].items():
        base = mean(found["imports_only"], "Pss")
        cells = [str(count)]
        for kind in ("own_copy", "cache"):
            pss = mean(found[kind], "Pss")
            cells += [f"{pss / MIB:.0f}", f"{(pss - base) / MIB:.0f}"]
            cells.append(f"{mean(found[kind], 'open_cpu_seconds'):.2f}")
        rows.append(f"| {' | '.join(cells)} |")
    table = "\n".join(rows)
    return f"""# Memory of workers that hold the same task

Task `{figures["task"]}` (full) opened and put on a CPU by 1, 2 and 4 processes at once,
as workers do. PSS counts a process's own pages and its share of those that it shares;
"data" is PSS beyond a process that only made the same imports. Seconds are CPU time of
opening the task with its digest. Measured {figures["date"]} ({figures["machine"]}) with
`python benchmarks/task_memory.py --out docs/results/task-memory`; all figures are in
`figures.json`.

| workers | own copy: PSS MiB | data MiB | open s | cache: PSS MiB | data MiB | open s |
|---|---|---|---|---|---|---|
{table}
"""


if __name__ == "__main__":
    main()
