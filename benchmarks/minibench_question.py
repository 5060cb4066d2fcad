"""What questions for the 50 best take in a process that has done nothing before.

`minibench_database.py` starts it: what a process has imported and remembers counts.

    python benchmarks/minibench_question.py DATABASE
"""

from __future__ import annotations

import json
import sys
import time

from minibench.database import Database


def main() -> None:
    """Ask one reader twice and another one once, of a database that is open."""
    taken = []
    with Database.open(sys.argv[1]) as database:
        for times in (2, 1):
            with database.reading() as reader:
                (problem,) = reader.problems().values()
                for _ in range(times):
                    clock, processor = time.perf_counter(), time.process_time()
                    assert len(reader.top(problem, 50)) == 50
                    taken.append(
                        {
                            "seconds": time.perf_counter() - clock,
                            "processor_seconds": time.process_time() - processor,
                        }
                    )
    names = ("first", "again", "another reader")
    print(json.dumps(dict(zip(names, taken, strict=True))))


if __name__ == "__main__":
    main()
