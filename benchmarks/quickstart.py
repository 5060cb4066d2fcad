"""What `make search` gives: its seconds and its network's test accuracy, over seeds.

The command that `make search` runs, once for each seed, one after the other; nothing
else should run meanwhile. Each search leaves one small file, so a second call goes on
with what is missing::

    python benchmarks/quickstart.py --seeds 5
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from evonas.storage.files import replace_file

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs" / "results" / "quickstart"
CONFIG = "configs/quickstart.yaml"
#: quantiles of Student's t for 95 %, by degrees of freedom
STUDENT = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 9: 2.262}


def search(seed: int) -> dict[str, Any]:
    """One search as a user starts it; what its `result.json` says."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        beside = Path(sys.executable).with_name("evonas")
        command = [str(beside) if beside.exists() else shutil.which("evonas") or ""]
        command += ["search", CONFIG, "--mpi", "3", "--set", f"seed={seed}"]
        started = time.monotonic()
        subprocess.run([*command, "--out", str(out)], cwd=ROOT, check=True)
        seconds = time.monotonic() - started
        result = json.loads((out / "result.json").read_text())
    return {
        "seed": seed,
        "seconds": round(seconds, 1),
        "evaluations": result["evaluations"],
        "parameters": result["best"]["parameters"],
        "metrics": result["best"]["metrics"],
        "versions": result["versions"],
    }


def report(found: list[dict[str, Any]]) -> str:
    """The page."""
    lines = [
        "# What `make search` gives",
        "",
        "CoDeepNEAT on handwritten digits under MPI, one manager and two workers: the "
        "search, the final training, one test, the export. Seconds are those of the "
        "whole command.",
        "",
        "| seed | seconds | evaluations | parameters | validation, % | test, % |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in found:
        validation, test = (
            100 * one["metrics"][f"{part}_accuracy"] for part in ("validation", "test")
        )
        lines.append(
            f"| {one['seed']} | {one['seconds']:.0f} | {one['evaluations']} "
            f"| {one['parameters']:,} | {validation:.2f} | {test:.2f} |"
        )
    tests = [100 * one["metrics"]["test_accuracy"] for one in found]
    if len(tests) > 1:
        spread = statistics.stdev(tests) / len(tests) ** 0.5
        half = STUDENT.get(len(tests) - 1, 1.96) * spread
        lines += [
            "",
            f"Test accuracy: mean **{statistics.fmean(tests):.2f} %**, 95 % interval "
            f"± {half:.2f} (Student's, over the seeds), lowest {min(tests):.2f} %. "
            f"Longest: {max(one['seconds'] for one in found):.0f} s.",
        ]
    used = found[0]["versions"]
    lines += [
        "",
        f"{os.cpu_count()} {platform.machine()} CPU cores, no GPU; Python "
        f"{used['python']}, torch {used['torch']}. Made by `python "
        f"benchmarks/quickstart.py --seeds {len(found)}`.",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    found = []
    for seed in range(arguments.seeds):
        path = arguments.out / f"seed-{seed}.json"
        if not path.exists():
            text = json.dumps(search(seed), indent=1) + "\n"
            replace_file(path, text.encode())
        found.append(json.loads(path.read_text()))
    page = report(found)
    replace_file(arguments.out / "README.md", page.encode())
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
