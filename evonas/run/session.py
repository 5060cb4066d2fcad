"""One process's work on a run directory: search, final training, export, result.

Starting and resuming are the same call: what the journal already tells is not done
again.
"""

from __future__ import annotations

import warnings
from collections import ChainMap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cluster import Executor, Limits, SimulatedExecutor
from evonas.errors import EvonasWarning
from evonas.evaluation import Fidelity, Request
from evonas.run.admission import no_end
from evonas.run.clock import Clock, clock_of
from evonas.run.finals import Finals
from evonas.run.gathering import Islands
from evonas.run.handover import FencedJournal, Handover, take_over
from evonas.run.history import seeds_of_search, why_none
from evonas.run.incumbents import Incumbent
from evonas.run.loop import Loop, Summary
from evonas.run.plan import Finish, Plan
from evonas.run.rejects import Schedule
from evonas.run.result import result
from evonas.run.resume import Snapshots, rebuild
from evonas.run.selection import Selected, Selection, best_retrained
from evonas.run.state import RunState
from evonas.run.winner import winner
from evonas.storage import Journal, RunDirectory, RunLock, TornLine, WeightsStore

#: ticket of the export job; requests of a search count from 0, finals from −1 down
EXPORT_TICKET = -(2**62)
#: seconds that writing the export folder may take
EXPORT_SECONDS = 300.0


class Session:
    """Holds a run directory's lock, its journal and its state for one process.

    A context manager. Args:
        directory: of the run.
        plan: of the run.
        executor: runs evaluations; closed by the caller.
        take: ask whoever works on the run to hand it over, and wait.
        lock: of the directory, where the caller has entered it already; the session
            lets go of it at its end.
        stop: a reason to stop now, or "".
        seconds_left: until `stop` gives one; no evaluation begins that cannot end.
        observer: called after each event with its name and the state.
        clock: of budgets and accounting; by default the machine's, or the virtual one
            of simulated workers, which then goes on where the run stopped.
    """

    def __init__(
        self,
        directory: RunDirectory,
        plan: Plan,
        executor: Executor,
        *,
        take: bool = False,
        lock: RunLock | None = None,
        stop: Callable[[], str] = str,
        seconds_left: Callable[[], float] = no_end,
        observer: Callable[[str, RunState], None] = lambda _event, _state: None,
        clock: Clock | None = None,
    ) -> None:
        self.directory = directory
        self.plan = plan
        self._executor = executor
        self._take = take
        self._given_lock = lock
        self._stop = stop
        self._handover = Handover(directory)
        self._seconds_left = seconds_left
        self._observer = observer
        self._clock = clock or clock_of(executor)
        self.state = RunState(plan.strategy, plan.objectives, plan.advisor)
        self._exported: dict[str, Any] | None = None

    def __enter__(self) -> Session:
        if self._given_lock is not None:
            self._lock = self._given_lock
        elif self._take:
            self._lock = take_over(self.directory, self._stop)
        else:
            self._lock = self.directory.lock()
            self._lock.__enter__()
        try:
            self.directory.remove_unfinished()
            self._weights = WeightsStore(
                self.directory.weights, self.plan.weights_quota_bytes
            )
            self._weights.remove_unfinished()
            self._journal = Journal.resume(
                self.directory.journal, self.plan.config_digest
            )
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        try:
            covered = rebuild(self.state, self.directory, self._journal)
        except BaseException:
            self.__exit__()
            raise
        if isinstance(self._executor, SimulatedExecutor):
            self._executor.clock.advance(self.state.accounting.elapsed_seconds)
        self._snapshots = Snapshots(self.directory, self._journal, covered)
        self._finals = Finals(self.state, self._weights, self.plan.seed)
        self._loop = Loop(
            self.state,
            self.plan.evaluator,
            self._executor,
            FencedJournal(self._journal, self._lock),
            clock=self._clock,
            stop=lambda: self._stop() or self._handover.overdue(),
            observer=self._observe,
            limits=self.plan.limits,
            final_limits=self.plan.final_limits,
            keep_weights=True,
            seconds_left=self._seconds_left,
            draining=self._handover.draining,
            migration=self.plan.migration,
            known=self.plan.known,
            edits=self.plan.edits,
        )
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self._journal.close()
        finally:
            self._lock.__exit__(*error)

    @property
    def torn(self) -> TornLine | None:
        """The journal's torn last line, if one was cut."""
        return self._journal.torn

    @property
    def handed_over(self) -> str:
        """Who has asked for the run and is given it, in words; "" if nobody."""
        return self._handover.draining()

    def run(self, islands: Islands | None = None, stopped: str = "") -> Finish:
        """Do what is left to do; write `result.json` at the end, however it ends.

        Args:
            islands: that search instead of this session, and have ended.
            stopped: why they have ended too early, or "".
        """
        self._warn_of_budget()
        earlier = self.directory.read_result() or {}
        self._exported = earlier.get("exported")
        if earlier.get("status") == "finished":
            # Killed from here on, the run must not pass for one that is through.
            self.directory.write_result({**earlier, "status": "stopped"})
        if islands is None:
            summary = self._loop.search(self.plan.budget)
        else:
            summary = self._gather(islands, stopped)
        finish = self._conclude(summary)
        self._write_result(finished=finish.finished, failure=finish.failure)
        return finish

    def _gather(self, islands: Islands, stopped: str) -> Summary:
        """Take in the islands' records, and the weights of the best of them."""
        state = self.state
        reason, detail = ("stopped", stopped) if stopped else islands.reason()
        summary = self._loop.gather(islands.events(state.gathered), reason, detail)
        islands.fetch(state.incumbents.weights, self._weights)
        self._tidy()
        return summary

    def _warn_of_budget(self) -> None:
        given, done = self.plan.budget.evaluations, self.state.accounting.evaluations
        if given is not None and given < done:
            warnings.warn(
                f"budget.evaluations: expected {done} or more, as many as are done in "
                f"{self.directory.root}, got {given}; nothing is taken back, and "
                "nothing more is searched",
                EvonasWarning,
                stacklevel=3,
            )

    def train(self, chosen: list[Incumbent], fidelity: Fidelity) -> list[Incumbent]:
        """Train networks finally, except those that were at this fidelity already.

        Gives each one's final training in the order of `chosen`; fewer when stopped or
        when one failed.
        """
        self._loop.evaluate(self._finals.trainings(chosen, fidelity, "train"))
        self._tidy()
        finals = [self.state.final_of(one, fidelity) for one in chosen]
        return [final for final in finals if final is not None]

    def selection(
        self, chosen: Sequence[Incumbent], schedule: Schedule, fidelity: Fidelity
    ) -> Selection:
        """A selection among networks, with the trainings of it that there are already.

        Args:
            chosen: the networks, the one that the search thought best first.
            schedule: for as many.
            fidelity: of the trainings.
        """
        return Selection(
            chosen,
            schedule,
            self.state,
            fidelity=fidelity,
            recipe=self.plan.final_recipe,
            seed=self.plan.seed,
            taken=seeds_of_search(self.directory),
        )

    def select(self, selection: Selection) -> Selected:
        """Train until a selection is through, test the winner, write `winner.json`.

        Gives where it stands when stopped; called again, it goes on from there.
        """
        by = f"train --top {len(selection.chosen)}"
        stand, stopped = selection.stand(), False
        while not (stand.complete or stopped):
            new, again = self._finals.next_of(selection, stand, by)
            stopped = not self._loop.evaluate(new, again).complete
            self._tidy()
            stand = selection.stand()
        if stand.complete:
            self.directory.write_winner(winner(selection, stand, self.plan.seed))
        return stand

    def _write_result(self, *, finished: bool, failure: str = "") -> None:
        self.directory.write_result(
            result(
                self.state,
                seed=self.plan.seed,
                finished=finished,
                exported=self._exported,
                failure=failure,
                measure_front=self.plan.measure_front,
            )
        )

    def _conclude(self, summary: Summary) -> Finish:
        """After the search: the final training, its test, the export."""
        if not summary.complete:
            return Finish(summary, finished=False)
        if self.plan.migration is not None:
            self.plan.migration.leave(self.state)
            return Finish(summary, finished=True)
        best = self.state.incumbents.best
        if best is None:
            failure = why_none(self.directory, self.plan.objectives)
            return Finish(summary, True, failure=failure)
        trained, failure = best, ""
        if self.plan.final is not None or self._finals.testable(best):
            ended = self._loop.evaluate(self._last_requests(best))
            if not ended.complete:
                return Finish(ended, finished=False)
            self._tidy()
            final = self.state.final_of(best)
            if final is None:
                key = best.record.candidate_key
                own = [
                    one for one in self.state.finals if one.record.candidate_key == key
                ]
                failure = own[-1].record.reason
                if self.plan.final is not None:
                    failure = f"the final training failed: {failure}"
                    return Finish(summary, True, failure=failure)
                failure = f"the test of the best network failed: {failure}"
            else:
                trained = final
        unexported = self._export(trained, best.record.request_id)
        written = self.plan.export is not None and not unexported
        return Finish(
            summary,
            True,
            final=None if trained is best else trained,
            exported=self.directory.export if written else None,
            failure="; ".join(part for part in (failure, unexported) if part),
        )

    def _last_requests(self, best: Incumbent) -> list[Request]:
        """The winner's final training; or, without one, the test of what it is now."""
        if self.plan.final is None:
            return self._finals.test(best, "search")
        return self._finals.trainings([best], self.plan.final, "search")

    def _export(self, found: Incumbent, identifier: int) -> str:
        """Write the export folder on a worker, if need be; "" or what failed."""
        folder, reference = self.directory.export, found.record.weights
        if self.plan.export is None:
            return ""
        if reference is None:
            return "nothing to export: the weights of the best network were not kept"
        exported = {"id": identifier, "weights": reference}
        if folder.exists():
            if self._exported == exported:
                return ""
            # The resumed search has found a better one; the old one stays beside it.
            owner = "earlier" if self._exported is None else self._exported["id"]
            folder.rename(_vacant(folder.with_name(f"export-{owner}")))
        # Says whose export the folder is, before there is one: see the comparison.
        self._exported = exported
        self._write_result(finished=False)
        payload = {
            "record": found.record.to_json(),
            "weights_directory": str(self.directory.weights.resolve()),
            "directory": str(self.directory.export.resolve()),
        }
        limits = Limits(seconds=EXPORT_SECONDS)
        self._executor.submit(EXPORT_TICKET, self.plan.export, payload, limits)
        deadline = self._clock.now() + EXPORT_SECONDS + 30
        while self._clock.now() < deadline:
            for completion in self._executor.wait(0.2):
                if completion.ticket != EXPORT_TICKET:
                    continue
                if completion.failure is None:
                    return ""
                last = completion.failure.detail.strip().splitlines()[-1:]
                return f"the export failed: {' '.join(last)}"
        return f"the export took longer than {EXPORT_SECONDS:.0f} s"

    def _observe(self, event: str, state: RunState) -> None:
        if event == "told":
            self._tidy()
            self._snapshots.maybe_write(state)
        self._observer(event, state)

    def _tidy(self) -> None:
        """Let go of weights that nothing can use any more."""
        state, strategy = self.state, self.plan.strategy
        # What was tested is what a user takes away: no quota removes it.
        tested = [one.record.weights for one in state.finals if one.record.weights]
        # What is about to be written, and what is being read: thousands of references,
        # where there are thousands of workers, so they are not copied.
        busy = ChainMap(dict.fromkeys(tested, 1), state.needed_weights)
        shown = state.incumbents.weights
        by_value = [
            *shown[:1],
            # A training that cannot be continued begins anew, and one that is to be
            # tested is done again: that costs time, no more.
            *best_retrained(state),
            *(sorted(strategy.needed_weights) if strategy is not None else ()),
            *shown[1:],
        ]
        stored = [reference for reference in by_value if reference not in busy]
        self._weights.keep_only(ChainMap(dict.fromkeys(stored, 1), busy))
        self._weights.enforce_quota(stored)


def _vacant(path: Path) -> Path:
    """The path, or with a number behind it where something is there already."""
    free, number = path, 1
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}-{number}")
    return free
