"""The journal file: torn, damaged, killed, on a full disk, and from older versions."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from contracts.journal_contract import JournalContract

from evonas.errors import CallOrderError, RunDirectoryError
from evonas.storage import Journal

GOLDEN = Path(__file__).parents[1] / "golden" / "journal-format-1.jsonl"

#: What the golden file holds after its header.
GOLDEN_EVENTS: list[tuple[str, dict[str, Any]]] = [
    (
        "asked",
        {
            "request": {
                "request_id": 0,
                "candidate": {
                    "architecture": {
                        "format": 1,
                        "layers": [
                            ["input", {}],
                            ["dense", {"units": 10}, "head/dense"],
                            ["output", {}],
                        ],
                        "edges": [[0, 1, 0], [1, 2, 0]],
                    },
                    "recipe": {"learning_rate": 0.1, "optimizer": "sgd"},
                },
                "fidelity": {"epochs": 1.5, "data_share": 1.0},
                "seed": 9223372036854775807,
                "inherit": [],
                "origin": {"parents": [3, 4]},
            }
        },
    ),
    (
        "told",
        {
            "record": {
                "request_id": 0,
                "outcome": "ok",
                "metrics": {"validation_accuracy": 0.1 + 0.2, "tiny": 5e-324},
                "weights": None,
                "error": "",
            }
        },
    ),
    (
        "told",
        {"record": {"request_id": 1, "outcome": "crashed", "error": 'é\n"\\\u2028€'}},
    ),
    ("constrained", {"set": {"hash": "00ff"}}),
    ("refitted", {}),
    ("edited", {"budget": {"evaluations": 200}}),
    ("stopped", {"status": "stopped"}),
]


class TestJournalFile(JournalContract):
    """The file journal keeps the contract."""

    journal_type = Journal


def _example(path: Path, count: int = 3) -> bytes:
    with Journal.create(path, "digest") as journal:
        for number in range(count):
            journal.append("told", {"number": number, "text": "x" * (7 * number)})
    return path.read_bytes()


def test_a_journal_cut_at_any_byte_keeps_all_its_whole_lines(tmp_path: Path) -> None:
    """Wherever a writer was killed: whole lines are read, and writing goes on."""
    path = tmp_path / "journal.jsonl"
    content = _example(path)
    for length in range(len(content) + 1):
        path.write_bytes(content[:length])
        whole = content[:length].count(b"\n")
        assert len(list(Journal.read(path))) == whole
        assert path.read_bytes() == content[:length], "reading must not change it"
        with Journal.resume(path, "digest") as journal:
            torn = journal.torn
            journal.append("stopped", {})
        at_line_end = length == 0 or content[length - 1 : length] == b"\n"
        assert (torn is None) == at_line_end
        if torn is not None:
            tail = content[:length].rpartition(b"\n")[2]
            assert (torn.line, torn.length) == (whole + 1, len(tail))
            assert f"line {whole + 1}: the last line was torn" in str(torn)
        names = [event.name for event in Journal.read(path)]
        kept = ["opened", "told", "told", "told"][: max(whole, 1)]
        assert names == [*kept, "stopped"]


def test_a_changed_byte_is_never_read_as_an_event(tmp_path: Path) -> None:
    """Before the last line it is an error; in the last line at most that one goes."""
    path = tmp_path / "journal.jsonl"
    original = _example(path)
    last_line = original[:-1].rindex(b"\n") + 1
    for place, byte in enumerate(original):
        for changed in {byte ^ 1, byte ^ 0x80, 0, ord("\n"), ord('"')} - {byte}:
            content = bytearray(original)
            content[place] = changed
            path.write_bytes(content)
            if place < last_line:
                with pytest.raises(RunDirectoryError, match=r"\.jsonl, line \d:"):
                    list(Journal.read(path))
            else:
                # A newline in the last line makes a damaged middle of its beginning.
                with contextlib.suppress(RunDirectoryError):
                    assert len(list(Journal.read(path))) == 3


def test_lines_missing_or_doubled_in_the_middle_are_damage(tmp_path: Path) -> None:
    """Each line is intact by itself; the numbers tell."""
    path = tmp_path / "journal.jsonl"
    lines = _example(path).splitlines(keepends=True)
    for changed in (lines[:1] + lines[2:], [*lines[:2], lines[1], *lines[2:]]):
        path.write_bytes(b"".join(changed))
        with pytest.raises(
            RunDirectoryError, match=r"line \d: .*expected event number"
        ):
            Journal.resume(path, "digest")


def test_a_damaged_middle_is_named_and_nothing_is_changed(tmp_path: Path) -> None:
    """File, line, both checksums and the way out; the file stays as it is."""
    path = tmp_path / "journal.jsonl"
    damaged = _example(path).replace(b'"number":1', b'"number":7')
    path.write_bytes(damaged)
    message = (
        r"journal\.jsonl, line 3: damaged in the middle: expected checksum "
        r"[0-9a-f]{8}, got '[0-9a-f]{8}'.*head -n 2 journal\.jsonl"
    )
    with pytest.raises(RunDirectoryError, match=message):
        Journal.resume(path, "digest")
    assert path.read_bytes() == damaged


def test_a_damaged_last_line_is_cut_like_a_torn_one(tmp_path: Path) -> None:
    """A power loss can leave the end of a line without its beginning."""
    path = tmp_path / "journal.jsonl"
    content = _example(path)
    path.write_bytes(content.replace(b'"number":2', b"\0" * 10))
    with Journal.resume(path, "digest") as journal:
        assert "expected checksum" in str(journal.torn)
        assert len(journal) == 3


def test_a_torn_line_that_holds_a_users_own_sum_is_only_torn(tmp_path: Path) -> None:
    """What looks like the end of a line inside a payload is no end of a line."""
    path = tmp_path / "journal.jsonl"
    content = _example(path)
    with Journal.resume(path, "digest") as journal:
        journal.append("told", {"data": {"file": "a", "sum": "0123abcd"}, "more": 1})
    path.write_bytes(path.read_bytes()[:-20])
    with Journal.resume(path, "digest") as journal:
        assert journal.torn is not None
    assert path.read_bytes() == content


def test_a_tail_of_zeros_after_a_power_loss_is_cut(tmp_path: Path) -> None:
    """File systems fill what was never written with zeros."""
    path = tmp_path / "journal.jsonl"
    content = _example(path)
    path.write_bytes(content + b"\0" * 5000)
    with Journal.resume(path, "digest") as journal:
        assert journal.torn is not None
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "content", [b"hello", b"\0", b'{"n":0,"event":"told"', b"a,b\n1,2\n", b"\n"]
)
def test_a_file_that_is_no_journal_is_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    """Only the beginning of a header may be cut off as a torn first line."""
    path = tmp_path / "journal.jsonl"
    path.write_bytes(content)
    with pytest.raises(RunDirectoryError, match="line 1: expected the first line of a"):
        Journal.resume(path, "digest")
    assert path.read_bytes() == content


def test_a_directory_or_missing_file_is_no_journal(tmp_path: Path) -> None:
    """Reading names what is there instead."""
    with pytest.raises(RunDirectoryError, match="expected a journal, got No such file"):
        list(Journal.read(tmp_path / "journal.jsonl"))
    with pytest.raises(
        RunDirectoryError, match="expected a journal, got Is a directory"
    ):
        list(Journal.read(tmp_path))


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    """A journal of a newer version is not guessed at."""
    path = tmp_path / "journal.jsonl"
    body = b'{"n":0,"event":"opened","format":2,"config":"digest"'
    path.write_bytes(body + b',"sum":"%08x"}\n' % zlib.crc32(body))
    with pytest.raises(RunDirectoryError, match="of format 1, got event 'opened' of"):
        list(Journal.read(path))


def test_a_line_that_was_written_wrong_is_named(tmp_path: Path) -> None:
    """A right checksum over text that is no JSON is still no event."""
    path = tmp_path / "journal.jsonl"
    content = _example(path, count=0)
    body = b'{"n":1,"event":"told",nonsense'
    path.write_bytes(content + body + b',"sum":"%08x"}\n' % zlib.crc32(body))
    with pytest.raises(RunDirectoryError, match="line 2: expected a JSON object with"):
        list(Journal.read(path))


def test_a_full_disk_leaves_no_half_line(tmp_path: Path) -> None:
    """A really partial write is taken back; with room again the call succeeds."""
    path = tmp_path / "journal.jsonl"
    before = _example(path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Journal.resume(path, "digest") as journal:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 50, limits[1]))
        try:
            with pytest.raises(
                RunDirectoryError, match="expected to write it, got File"
            ):
                journal.append("told", {"text": "x" * 100})
            assert path.read_bytes() == before
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert journal.append("told", {"text": "x" * 100}) == 4
    assert len(list(Journal.read(path))) == 5


def test_an_interrupt_during_append_leaves_the_journal_consistent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C between the write and its bookkeeping: the line is taken back."""
    path = tmp_path / "journal.jsonl"
    before = _example(path)
    write = os.write

    def interrupted(descriptor: int, data: Any) -> int:
        write(descriptor, data)
        raise KeyboardInterrupt

    with Journal.resume(path, "digest") as journal:
        monkeypatch.setattr(os, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            journal.append("told", {})
        monkeypatch.undo()
        assert path.read_bytes() == before
        assert journal.append("stopped", {}) == 4
    assert len(list(Journal.read(path))) == 5


def test_a_journal_that_may_only_be_read_is_not_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's run can be looked at, not resumed."""
    path = tmp_path / "journal.jsonl"
    _example(path)

    def refused(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    # Not by chmod: the superuser may write all the same.
    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(RunDirectoryError, match="to write it, got Permission denied"):
        Journal.resume(path, "digest")
    assert len(list(Journal.read(path))) == 4


def test_a_second_writer_is_noticed(tmp_path: Path) -> None:
    """Where locks do not work, the size of the file tells."""
    path = tmp_path / "journal.jsonl"
    _example(path)
    with Journal.resume(path, "digest") as first:
        with Journal.resume(path, "digest") as second:
            second.append("told", {})
        with pytest.raises(RunDirectoryError, match="another process has changed"):
            first.append("told", {})
    assert len(list(Journal.read(path))) == 5


def test_lines_are_flushed_to_the_disk_when_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most every `sync_seconds`, by `sync` if something is new, and at close."""
    flushed: list[int] = []
    monkeypatch.setattr(os, "fsync", flushed.append)
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    journal = Journal.create(tmp_path / "journal.jsonl", "digest", sync_seconds=5.0)
    flushed.clear()
    for clock[0] in (1.0, 4.9, 5.0, 6.0, 9.9):
        journal.append("told", {})
    assert len(flushed) == 1
    journal.sync()
    journal.sync()
    assert len(flushed) == 2
    journal.append("told", {})
    journal.close()
    assert len(flushed) == 3


def test_after_a_failed_flush_the_journal_must_be_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system may have dropped what it could not flush, so nothing goes on."""
    path = tmp_path / "journal.jsonl"
    journal = Journal.create(path, "digest", sync_seconds=0.0)

    def fails(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(RunDirectoryError, match="got Input/output error from the file"):
        journal.append("told", {})
    monkeypatch.undo()
    with pytest.raises(CallOrderError, match="append after a failed write"):
        journal.append("told", {})
    journal.close()
    with Journal.resume(path, "digest") as again:
        assert len(again) == 2


WRITER = """
import sys
from pathlib import Path
from evonas.storage import Journal

with Journal.resume(Path(sys.argv[1]), "digest") as journal:
    while True:
        number = journal.append("told", {"text": "x" * 3000})
        print(number, flush=True)
"""


def test_kill_minus_nine_loses_no_acknowledged_line(tmp_path: Path) -> None:
    """A writer is killed in full flight, resumed and killed again."""
    path = tmp_path / "journal.jsonl"
    for acknowledged in (1, 37, 400):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            for _ in range(acknowledged):
                writer.stdout.readline()
            writer.send_signal(signal.SIGKILL)
            seen = [int(line) for line in writer.stdout.read().splitlines()[-1:]]
        assert writer.returncode == -signal.SIGKILL
        numbers = [event.n for event in Journal.read(path)]
        assert numbers == list(range(len(numbers)))
        assert numbers[-1] >= max([acknowledged, *seen])


def test_journals_of_format_1_are_read_for_ever() -> None:
    """The committed file gives the events it was written from."""
    header, *events = Journal.read(GOLDEN)
    assert header.data == {"format": 1, "config": "0123456789abcdef"}
    assert [(event.name, event.data) for event in events] == GOLDEN_EVENTS


def test_format_1_is_written_byte_for_byte(tmp_path: Path) -> None:
    """A change of the written form is a new format with a golden file of its own."""
    path = tmp_path / "journal.jsonl"
    with Journal.create(path, "0123456789abcdef") as journal:
        for name, data in GOLDEN_EVENTS:
            journal.append(name, data)
    assert path.read_bytes() == GOLDEN.read_bytes()
