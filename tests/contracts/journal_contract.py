"""What every journal promises, whatever it is kept in."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evonas.errors import CallOrderError, InputError, RunDirectoryError

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**70), max_value=2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner)
    ),
    max_leaves=12,
)
#: Anything that JSON holds exactly.
PAYLOADS = st.dictionaries(
    st.text(max_size=8).filter(lambda key: key not in ("n", "event", "sum")),
    _VALUES,
    max_size=5,
)
EVENTS = st.tuples(
    st.sampled_from(
        [
            "asked",
            "told",
            "adopted",
            "constrained",
            "refitted",
            "edited",
            "stopped",
        ]
    ),
    PAYLOADS,
)


def exact(data: Any) -> str:
    """A text that differs for 1 and 1.0, 0.0 and -0.0, and other orders of keys."""
    return json.dumps(data)


class JournalContract:
    """Subclass it and set `journal_type`, with `create`, `resume` and `read`."""

    journal_type: ClassVar[Any]

    @given(st.lists(EVENTS, max_size=8), st.integers(0, 8))
    @example([("told", {"error": "\ud800 \r\n\u2028\x00", "": {"": -0.0}})], 0)
    @settings(max_examples=40, deadline=None)
    def test_whatever_is_appended_is_read_back_exactly(
        self, events: list[tuple[str, dict[str, Any]]], interrupted_at: int
    ) -> None:
        """Events, their order and numbers survive, and closing in between is unseen."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "journal.jsonl"
            journal = self.journal_type.create(path, "digest")
            for number, (name, payload) in enumerate(events, start=1):
                if number == interrupted_at:
                    journal.close()
                    journal = self.journal_type.resume(path, "digest")
                assert journal.append(name, payload) == number
            journal.close()
            read = list(self.journal_type.read(path))
        assert [event.n for event in read] == list(range(len(events) + 1))
        assert [event.name for event in read[1:]] == [name for name, _ in events]
        assert [exact(event.data) for event in read[1:]] == [
            exact(payload) for _, payload in events
        ]

    def test_the_first_event_names_format_and_settings(self, tmp_path: Path) -> None:
        """A reader knows from the first line how to go on."""
        with self.journal_type.create(tmp_path / "journal.jsonl", "digest"):
            pass
        (header,) = self.journal_type.read(tmp_path / "journal.jsonl")
        assert (header.n, header.name) == (0, "opened")
        assert header.data == {"format": 1, "config": "digest"}

    def test_it_can_be_read_while_it_is_written(self, tmp_path: Path) -> None:
        """A reader sees every appended event at once, without close or sync."""
        path = tmp_path / "journal.jsonl"
        with self.journal_type.create(path, "digest") as journal:
            for count in range(1, 4):
                journal.append("told", {"count": count})
                assert len(list(self.journal_type.read(path))) == count + 1
                assert len(journal) == count + 1

    def test_reading_can_begin_after_a_snapshot(self, tmp_path: Path) -> None:
        """`start` passes over exactly the events before it."""
        path = tmp_path / "journal.jsonl"
        with self.journal_type.create(path, "digest") as journal:
            for count in range(1, 6):
                journal.append("told", {"count": count})
        read = [event.data["count"] for event in self.journal_type.read(path, start=4)]
        assert read == [4, 5]
        assert list(self.journal_type.read(path, start=6)) == []

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
    def test_numbers_that_are_not_finite_are_refused(
        self, tmp_path: Path, value: float
    ) -> None:
        """The message gives the path to the number, and the journal is as before."""
        path = tmp_path / "journal.jsonl"
        with self.journal_type.create(path, "digest") as journal:
            with pytest.raises(InputError, match=r"got curve\[1\]\.loss = -?(nan|inf)"):
                journal.append("told", {"curve": [{"loss": 1.0}, {"loss": value}]})
            assert journal.append("told", {}) == 1
        assert len(list(self.journal_type.read(path))) == 2

    def test_values_that_json_cannot_hold_are_refused(self, tmp_path: Path) -> None:
        """Objects, sets, bytes: the message names the place and the type."""
        with self.journal_type.create(tmp_path / "journal.jsonl", "d") as journal:
            for value, kind in ((object(), "object"), ({1}, "set"), (b"x", "bytes")):
                with pytest.raises(InputError, match=rf"origin\.a of type {kind}"):
                    journal.append("asked", {"origin": {"a": value}})
            loop: list[Any] = []
            loop.append(loop)
            with pytest.raises(InputError, match="nesting deeper than"):
                journal.append("asked", {"loop": loop})

    def test_unknown_events_are_refused(self, tmp_path: Path) -> None:
        """Only the events of the format can be appended, and the header only once."""
        with self.journal_type.create(tmp_path / "journal.jsonl", "d") as journal:
            for name in ("tell", "opened", ""):
                with pytest.raises(InputError, match=f"expected one of.*got '{name}'"):
                    journal.append(name, {})

    @pytest.mark.parametrize("key", ["n", "event", "sum"])
    def test_payloads_cannot_shadow_the_frame(self, tmp_path: Path, key: str) -> None:
        """A payload with a key of the line itself would not come back."""
        with (
            self.journal_type.create(tmp_path / "journal.jsonl", "d") as journal,
            pytest.raises(InputError, match="expected a payload without the keys"),
        ):
            journal.append("told", {key: 1})

    def test_nothing_can_be_appended_after_close(self, tmp_path: Path) -> None:
        """Closing twice is harmless, appending then is an error."""
        journal = self.journal_type.create(tmp_path / "journal.jsonl", "d")
        journal.close()
        journal.close()
        with pytest.raises(CallOrderError, match="append after close"):
            journal.append("told", {})

    def test_a_journal_is_never_created_over_another(self, tmp_path: Path) -> None:
        """`create` refuses an existing one and leaves it alone."""
        path = tmp_path / "journal.jsonl"
        with self.journal_type.create(path, "d") as journal:
            journal.append("told", {"kept": True})
        with pytest.raises(RunDirectoryError, match="expected no journal, got one"):
            self.journal_type.create(path, "d")
        assert len(list(self.journal_type.read(path))) == 2

    def test_other_settings_are_refused(self, tmp_path: Path) -> None:
        """A journal is only gone on with under the settings it began with."""
        path = tmp_path / "journal.jsonl"
        self.journal_type.create(path, "first").close()
        before = path.read_bytes()
        with pytest.raises(
            RunDirectoryError, match="settings second, got one of first"
        ):
            self.journal_type.resume(path, "second")
        assert path.read_bytes() == before

    def test_a_run_killed_before_its_journal_began_begins_it_at_resume(
        self, tmp_path: Path
    ) -> None:
        """Resume without a journal gives a new one: nothing can have been lost."""
        path = tmp_path / "journal.jsonl"
        with self.journal_type.resume(path, "d") as journal:
            journal.append("asked", {})
        assert [event.name for event in self.journal_type.read(path)] == [
            "opened",
            "asked",
        ]
