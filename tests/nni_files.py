"""The SQLite file of an NNI experiment, as NNI writes it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

#: milliseconds since 1970: September 2026
START = 1_790_000_000_000

_TABLES = """
create table TrialJobEvent (timestamp integer, trialJobId text, event text, data text,
    logPath text, sequenceId integer, message text);
create table MetricData (timestamp integer, trialJobId text, parameterId text,
    type text, sequence integer, data text);
create table ExperimentProfile (params text, id text, execDuration integer,
    startTime integer, endTime integer, logDir text, nextSequenceId integer,
    revision integer);
"""


def write_nni(
    path: Path,
    trials: Sequence[dict[str, Any]] = ({"lr": 0.1}, {"lr": 0.2}),
    finals: Sequence[Any] = (0.5, {"default": 0.6, "loss": 1.5}),
    swapped: bool = True,
    change: Callable[[sqlite3.Connection], Any] = lambda connection: None,
) -> Path:
    """An experiment: each trial with two reports before its result.

    Args:
        path: of the file.
        trials: parameters of each.
        finals: result of each; None: it has none.
        swapped: whether NNI has confused which job has which parameters.
        change: of the file in the end.
    """
    jobs = [f"job{place}" for place in range(len(trials))]
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(_TABLES)
        profile = json.dumps({"tuner": {"name": "TPE"}})
        connection.execute(
            "insert into ExperimentProfile (params, id, revision) values (?, ?, 1)",
            (profile, "exp7"),
        )
        for place, parameters in enumerate(trials):
            data = {
                "parameter_id": place,
                "parameter_source": "algorithm",
                "parameters": parameters,
                "parameter_index": 0,
            }
            bound = jobs[-1 - place] if swapped else jobs[place]
            insert = "insert into TrialJobEvent values (?, ?, ?, ?, null, 0, null)"
            connection.execute(insert, (START, bound, "WAITING", json.dumps(data)))
        for place, final in enumerate(finals):
            job = jobs[place]
            seconds = 1000 * (10 + place)
            connection.execute(insert, (START + 5, job, "RUNNING", None))
            reports = [("PERIODICAL", 0, 0.1), ("PERIODICAL", 1, 0.2)]
            if final is not None:
                reports.append(("FINAL", 0, final))
            for kind, sequence, value in reports:
                connection.execute(
                    "insert into MetricData values (?, ?, ?, ?, ?, ?)",
                    (
                        START + seconds,
                        job,
                        str(place),
                        kind,
                        sequence,
                        json.dumps(json.dumps(value)),
                    ),
                )
            connection.execute(insert, (START + 5 + seconds, job, "SUCCEEDED", ""))
        change(connection)
        connection.commit()
    return path
