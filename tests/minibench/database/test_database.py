"""The database, on SQLite and on PostgreSQL: what goes in comes out, once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from architecture_strategies import renumbered
from bench_records import PROBLEM, record, review
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evonas.errors import ConfigError, ConflictError, DatabaseError, DataError
from minibench import Batch, BenchRecord, Characterisation, State
from minibench.database import Added, Database
from minibench.selection import Selection

LOSS = replace(PROBLEM, name="loss", metric="rmse", direction="minimise")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A new one."""
    made, changed = Database.create(url)
    assert changed
    yield made
    made.close()


def contents(database: Database) -> dict[str, BenchRecord]:
    """Every record by its id."""
    with database.reading() as reader:
        return {one.id: one for one in reader.records()}


def test_what_goes_in_comes_out_once(database: Database) -> None:
    """With problem, network, curve and reviews; adding twice changes nothing."""
    ones = [record(0.1 * n, filters=4 + n % 3) for n in range(9)]
    ones[4] = ones[4].reviewed(review(), review(State.REJECTED, day=2))
    assert database.add(Batch((PROBLEM,), ones)) == Added(new=9)
    assert contents(database) == {one.id: one for one in ones}
    assert database.add(Batch((PROBLEM,), [*ones, ones[0]])) == Added(known=10)
    assert contents(database) == {one.id: one for one in ones}
    with database.reading() as reader:
        assert reader.problems() == {PROBLEM.key: PROBLEM}


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(st.builds(record, st.sampled_from((0.1, 0.5, 0.9))), max_size=4),
        max_size=3,
    )
)
def test_adding_again_in_any_parts_changes_nothing(
    database: Database, parts: list[list[BenchRecord]]
) -> None:
    """However often, and in whatever pieces."""
    for part in [*parts, *parts[::-1]]:
        database.add(Batch((PROBLEM,), part))
    now = contents(database)
    assert {one.id for part in parts for one in part} <= now.keys()
    assert database.add(Batch((PROBLEM,), list(now.values()))).new == 0
    assert contents(database) == now


def test_the_best_come_first_whichever_way_the_metric_is_better(
    database: Database,
) -> None:
    """Rejected ones only where they are asked for; those without a value last."""
    high = [record(0.1 * n) for n in range(5)]
    high[4] = high[4].reviewed(review(State.REJECTED))
    none = record(metrics={"test_accuracy": 0.5})
    low = [
        record(problem=LOSS.key, metrics={"validation_rmse": 1.0 * n}) for n in range(3)
    ]
    database.add(Batch((PROBLEM, LOSS), [*high, none, *low]))
    with database.reading() as reader:
        assert reader.top(PROBLEM, 2) == [high[3], high[2]]
        assert reader.top(PROBLEM, 9)[-1] == none
        assert reader.top(LOSS, 2) == low[:2]
        every = Selection(PROBLEM.key)
        assert reader.top(PROBLEM, 1, every) == [high[4]]
        counts = {one.problem.key: one for one in reader.counts()}
    assert counts[PROBLEM.key].best == pytest.approx(0.3)
    assert counts[LOSS.key].best == 0
    assert counts[PROBLEM.key].states[State.REJECTED] == 1
    assert counts[PROBLEM.key].architectures == 1


def test_records_are_chosen_by_what_they_are(database: Database) -> None:
    """Problem, state, run, strategy, value and id."""
    ones = [record(0.1 * n, run=f"r{n % 2}", strategy=f"s{n % 3}") for n in range(6)]
    ones[0] = ones[0].reviewed(review())
    low = record(problem=LOSS.key, metrics={"validation_rmse": 3.0})
    database.add(Batch((PROBLEM, LOSS), [*ones, low]))

    def chosen(**filters: object) -> set[str]:
        with database.reading() as reader:
            return set(reader.ids(Selection(**filters)))  # type: ignore[arg-type]

    ids = [one.id for one in ones]
    assert chosen() == {*ids, low.id}
    assert chosen(problem=LOSS.key) == {low.id}
    assert chosen(states=(State.APPROVED,)) == {ids[0]}
    assert chosen(run="r1") == {ids[1], ids[3], ids[5]}
    assert chosen(strategy="s2", run="r0") == {ids[2]}
    assert chosen(ids=(ids[3],)) == {ids[3]}
    assert chosen(problem=PROBLEM.key, at_least=0.35) == {ids[4], ids[5]}
    assert chosen(problem=LOSS.key, at_least=2.0) == {low.id}
    assert chosen(problem=LOSS.key, at_most=2.0) == set()
    with pytest.raises(ConfigError, match="expected the problem that has it, got none"):
        chosen(at_least=0.5)
    with pytest.raises(ConfigError, match="id: expected 32 hex digits, got 'x'"):
        chosen(ids=("x",))


def test_records_and_problems_are_found_by_their_beginnings(database: Database) -> None:
    """One only; otherwise it is said what there is."""
    ones = [record(0.1), record(0.2)]
    other = replace(PROBLEM, version="v2")
    database.add(Batch((PROBLEM, LOSS, other), ones))
    with database.reading() as reader:
        assert reader.record(ones[0].id[:12]) == ones[0]
        assert reader.problem("loss") == LOSS
        with pytest.raises(DatabaseError, match=r"begins with '', got several, \w{32}"):
            reader.record("")
        with pytest.raises(DatabaseError, match=r"got none; `minibench list` names th"):
            reader.record("0" * 32)
        with pytest.raises(DatabaseError, match=r"got several of that name: dots@v1, "):
            reader.problem("dots")
        with pytest.raises(DatabaseError, match=r"expected one of .*; got 'cats'"):
            reader.problem("cats")


def test_at_a_fault_nothing_is_taken_in(database: Database) -> None:
    """Neither what stood before it nor the problem."""
    ones = [record(0.001 * n) for n in range(700)]
    bad = record(1.7)
    with pytest.raises(DataError, match=r"record \w{32} of run first: metrics.validat"):
        database.add(Batch((PROBLEM,), [*ones, bad]))
    lost = replace(record(), problem="other@v1")
    with pytest.raises(DataError, match=r"problem: expected one that is known, dots@v"):
        database.add(Batch((PROBLEM,), [record(), lost]))
    with database.reading() as reader:
        assert reader.problems() == {}
        assert list(reader.records()) == []


def test_a_problem_learns_of_its_data_and_stays_itself(database: Database) -> None:
    """Two numbers for one thing are a conflict, and so is another metric."""
    one, two = Characterisation("dcn", 0.5), Characterisation("samples", 10)
    database.add(Batch((PROBLEM.characterised(one),), []))
    database.add(Batch((PROBLEM.characterised(two),), []))
    with database.reading() as reader:
        assert reader.problem("dots").characterisation == (one, two)
    with pytest.raises(ConflictError, match=r"characterisation dcn \{\}: expected 0.5"):
        database.add(Batch((PROBLEM.characterised(replace(one, value=0.6)),), []))
    with pytest.raises(ConflictError, match=r"dots@v1: metric: expected 'accuracy', a"):
        database.add(Batch((replace(PROBLEM, metric="matthews"),), []))


def test_reviews_are_added_once_and_give_the_state(database: Database) -> None:
    """The last one by time counts, whenever it comes in."""
    ones = [record(0.1), record(0.2)]
    database.add(Batch((PROBLEM,), ones))
    late, early = review(State.REJECTED, day=9), review(State.APPROVED, day=1)
    for given_again in range(2):
        with database.writing() as writer:
            count = writer.review([(ones[0].id, late), (ones[0].id, early)])
            assert count == (0 if given_again else 2)
    with database.reading() as reader:
        assert reader.record(ones[0].id).reviews == (early, late)
        assert reader.ids(Selection(states=(State.REJECTED,))) == [ones[0].id]
        assert reader.known([ones[0].id, "0" * 32]) == {ones[0].id: (early, late)}


def test_known_records_with_other_reviews_are_counted(database: Database) -> None:
    """Adding leaves histories as they are, and says so."""
    one = record()
    database.add(Batch((PROBLEM,), [one]))
    added = database.add(Batch((PROBLEM,), [one.reviewed(review())]))
    assert added == Added(known=1, other_reviews=1)
    assert contents(database)[one.id].reviews == ()


def test_networks_that_are_numbered_otherwise_are_found(database: Database) -> None:
    """A network is the same, whatever its layers are called."""
    ones = [record(0.1), record(0.2), record(0.3, filters=9)]
    ones[1] = replace(ones[1], architecture=renumbered(ones[1].architecture, 3))
    database.add(Batch((PROBLEM,), ones))
    with database.reading() as reader:
        chosen = Selection(fingerprint=ones[0].fingerprint)
        assert reader.ids(chosen) == sorted(one.id for one in ones[:2])


def test_several_writers_at_once_lose_nothing(database: Database) -> None:
    """Each takes its turn; what they share is there once."""
    faults: list[Exception] = []

    def write(start: int) -> None:
        try:
            with Database.open(url) as own:
                for n in range(4):
                    ones = [record(0.01 * (start + n)), record(0.5, filters=7)]
                    own.add(Batch((PROBLEM,), ones))
        except Exception as error:
            faults.append(error)

    url = str(database.place)
    writers = [threading.Thread(target=write, args=(10 * n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert faults == []
    assert len(contents(database)) == 4 * 4 + 1


def test_a_reader_sees_one_moment_and_never_half(database: Database) -> None:
    """What is being written is not there yet."""
    with database.writing() as writer:
        writer.put(PROBLEM)
        writer.add([record()])
        with Database.open(str(database.place)) as other, other.reading() as reader:
            assert reader.problems() == {}
    assert len(contents(database)) == 1


def test_making_it_again_does_nothing(database: Database, url: str) -> None:
    """A database that is up to date stays as it is."""
    database.add(Batch((PROBLEM,), [record()]))
    again, changed = Database.create(url)
    assert not changed
    assert len(contents(again)) == 1
    again.close()
