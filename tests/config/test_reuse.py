"""The `reuse` section: a place, and states that somebody trusts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evonas.config import Config, config_from_json, load_config
from evonas.errors import ConfigError

CONFIG = """\
task: {name: digits}
strategy: {name: random}
budget: {evaluations: 2}
reuse:
  database: PLACE
"""
URL = "postgresql://me@server/bench"


def config(section: Any) -> Config:
    """A config with this section."""
    return config_from_json(
        {
            "task": {"name": "digits"},
            "strategy": {"name": "random"},
            "budget": {"evaluations": 2},
            "reuse": section,
        }
    )


def test_by_default_only_what_somebody_approved_stands_in() -> None:
    """And without a database nothing does."""
    assert config(None).reuse.database is None
    assert config({"database": URL}).reuse.states == ("approved",)
    one = config({"database": URL, "states": "provisional"}).reuse
    assert one.states == ("provisional",)


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ({"databse": "x"}, "unknown key `reuse.databse`; did you mean `database`"),
        ("x", "`reuse`: expected a section with keys such as database, states"),
        ({"database": 3}, "`reuse.database`: expected a valid string, got 3"),
        ({"database": "mysql://me@server/x"}, "`reuse.database`: .* got one of mysql"),
        ({"database": "postgresql://me:secret@h/x"}, "`reuse.database`: .*~/.pgpass"),
        ({"database": f"{URL}?password=secret"}, "`reuse.database`: .*~/.pgpass"),
        ({"states": ["provisional"]}, "`reuse`: expected a `database` beside `states`"),
        ({"database": "x", "states": []}, "one or more `states`, each once, got none"),
        (
            {"database": "x", "states": ["approved", "approved"]},
            "each once, got approved, approved",
        ),
        (
            {"database": "x", "states": ["good"]},
            r"`reuse.states\[0\]`: .* got \"good\"",
        ),
        (
            {"database": "x", "states": ["rejected"]},
            "`reuse.states`: .* got rejected, of which nothing",
        ),
    ],
)
def test_what_is_wrong_is_named(section: Any, complaint: str) -> None:
    """The key, what was expected and what was found; a password is not repeated."""
    with pytest.raises(ConfigError, match=complaint) as error:
        config(section)
    assert "secret" not in str(error.value)


def test_a_path_starts_at_the_file_and_a_url_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As other paths do; those of overrides start at the current directory."""
    path = tmp_path / "configs" / "my.yaml"
    path.parent.mkdir()
    path.write_text(CONFIG.replace("PLACE", "bench.sqlite"))
    found = load_config(path).reuse.database
    assert found == str(tmp_path / "configs" / "bench.sqlite")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    found = load_config(path, ["reuse.database=bench.sqlite"]).reuse.database
    assert found == str(tmp_path / "here" / "bench.sqlite")
    path.write_text(CONFIG.replace("PLACE", URL))
    assert load_config(path).reuse.database == URL


def test_a_run_is_the_same_with_and_without_a_database() -> None:
    """What it took is in its journal, so that it may go on with either."""
    digests = {config(one).digest("v") for one in (None, {"database": URL})}
    assert len(digests) == 1
