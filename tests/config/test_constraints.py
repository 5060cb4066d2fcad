"""The `constraints` section: every key, and every mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evonas.config import Config, config_from_json, load_config
from evonas.errors import ConfigError

URL = "postgresql://me@server/bench"
CONFIG = """\
task: {name: digits}
strategy: {name: random}
budget: {evaluations: 2}
"""


def config(section: Any) -> Config:
    """A config with this section."""
    return config_from_json(
        {
            "task": {"name": "digits"},
            "strategy": {"name": "random"},
            "budget": {"evaluations": 2},
            "constraints": section,
        }
    )


def test_nobody_advises_unless_a_database_or_a_set_is_named() -> None:
    """And then softly, by approved records."""
    assert not config(None).constraints.given
    assert not config({}).constraints.given
    found = config({"database": URL}).constraints
    assert found.given
    assert (found.mode, found.states, found.vary) == (
        "soft",
        ("approved",),
        "everything",
    )
    assert config({"set": "limited"}).constraints.given


def test_one_name_or_state_is_a_list_of_one() -> None:
    """As people write it."""
    found = config(
        {
            "database": URL,
            "problems": "digits",
            "leave_out": ["mnist", "cola"],
            "states": "provisional",
        }
    ).constraints
    assert found.problems == ("digits",)
    assert found.leave_out == ("mnist", "cola")
    assert found.states == ("provisional",)


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ({"databse": "x"}, "unknown key `constraints.databse`; did you mean"),
        ("x", "`constraints`: expected a section with keys such as"),
        ({"database": 3}, "`constraints.database`: expected a valid string, got 3"),
        ({"database": "mysql://me@s/x"}, "`constraints.database`: .* one of mysql"),
        ({"database": "postgresql://me:secret@h/x"}, "database`: .*without a password"),
        ({"database": f"{URL}?password=secret"}, "database`: .*without a password"),
        ({"database": "x", "mode": "mild"}, '`constraints.mode`: .*got "mild"'),
        ({"database": "x", "outside": 1.5}, "`constraints.outside`: .*1.5"),
        ({"database": "x", "outside": -0.5}, "`constraints.outside`: .*-0.5"),
        ({"database": "x", "best": 1}, "`constraints.best`: .*got 1"),
        ({"database": "x", "seeds": -1}, "`constraints.seeds`: .*-1"),
        ({"database": "x", "accept": 0}, "`constraints.accept`: .*got 0"),
        ({"database": "x", "accept": 1.1}, "`constraints.accept`: .*1.1"),
        ({"database": "x", "false_rejection": 0}, "false_rejection`: .*got 0"),
        ({"database": "x", "false_rejection": 1}, "false_rejection`: .*got 1"),
        ({"database": "x", "audit": 2}, "`constraints.audit`: .*got 2"),
        ({"database": "x", "every": 0}, "`constraints.every`: .*got 0"),
        ({"database": "x", "vary": "widths"}, '`constraints.vary`: .*got "widths"'),
        ({"database": "x", "states": ["good"]}, r"states\[0\]`: .* got \"good\""),
        (
            {"database": "x", "states": "rejected"},
            "`constraints.states`: .* got rejected, of which nothing is ever taken",
        ),
        ({"database": "x", "problems": 3}, "`constraints.problems`: expected"),
        (
            {"mode": "hard"},
            "`constraints`: expected a `database` or a `set` beside `mode`, got",
        ),
        (
            {"set": "limited", "vary": "hyperparameters"},
            "expected a `database` beside `vary: hyperparameters`",
        ),
        (
            {"database": "x", "problems": ["a", "b"], "leave_out": ["b", "a", "c"]},
            "expected problems that are not left out, got a, b in both lists",
        ),
    ],
)
def test_what_is_wrong_is_named(section: Any, complaint: str) -> None:
    """The key, what was expected and what was found; a password is not repeated."""
    with pytest.raises(ConfigError, match=complaint) as error:
        config(section)
    assert "secret" not in str(error.value)


def test_paths_start_at_the_file_and_words_and_urls_stay(tmp_path: Path) -> None:
    """A word that names no set in a place where it is none is a path, too."""
    path = tmp_path / "configs" / "my.yaml"
    path.parent.mkdir()
    path.write_text(
        f"{CONFIG}constraints:\n"
        "  {database: b.sqlite, set: s.yaml, classifier: c.json}\n"
    )
    found = load_config(path).constraints
    assert found.database == str(path.parent / "b.sqlite")
    assert found.set == str(path.parent / "s.yaml")
    assert found.classifier == str(path.parent / "c.json")
    path.write_text(
        f"{CONFIG}constraints: {{database: '{URL}', set: full, classifier: none}}\n"
    )
    found = load_config(path).constraints
    assert (found.database, found.set, found.classifier) == (URL, "full", "none")
    path.write_text(
        f"{CONFIG}out: full\nconstraints: {{database: linear, set: none, "
        "classifier: limited}\n"
    )
    config = load_config(path)
    assert config.out == path.parent / "full"
    found = config.constraints
    assert found.database == str(path.parent / "linear")
    assert found.set == str(path.parent / "none")
    assert found.classifier == str(path.parent / "limited")


def test_a_run_is_another_one_with_other_advice(tmp_path: Path) -> None:
    """But not where only the database has moved, since it is asked once."""

    def digest(section: Any) -> str:
        return config(section).digest("v1")

    one = digest({"database": "a.sqlite"})
    assert one == digest({"database": "b.sqlite"})
    assert one != digest({"database": "a.sqlite", "mode": "hard"})
    assert one != digest(None)
    assert digest(None) == digest({})
