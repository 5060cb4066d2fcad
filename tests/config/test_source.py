"""Reading YAML and overrides with the place of every setting."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.config.source import ConfigSource, dotted, read_yaml
from evonas.errors import ConfigError


def read(folder: Path, text: str):
    """The settings of a YAML text."""
    path = folder / "my.yaml"
    path.write_text(text)
    return read_yaml(path)


def test_every_setting_knows_its_line(tmp_path):
    """Nested keys and list entries included; an absent key: its section's line."""
    _, source = read(tmp_path, "a:\n  b: 1\n  c:\n  - 5\n  - 6\n")
    name = tmp_path / "my.yaml"
    assert source.where(("a", "b")) == f"{name}, line 2: "
    assert source.where(("a", "c", 1)) == f"{name}, line 5: "
    assert source.where(("a", "missing")) == f"{name}, line 2: "
    assert source.where(("missing",)) == f"{name}: "


def test_an_override_without_a_value_has_its_place_too(tmp_path):
    """`--set seed=` is a mistake that somebody makes in a script."""
    data, source = read(tmp_path, "seed: 1\n")
    source.override(data, "seed=")
    assert data["seed"] is None
    assert source.where(("seed",)) == "--set seed=: "


def test_complaints_name_the_override_of_a_section_that_the_file_has_not(tmp_path):
    """Of the key itself, and of a section in which there is nothing else."""
    data, source = read(tmp_path, "a: 1\n")
    source.override(data, "space.limits.parameters=1")
    for complaint in ("space.limits.parameters: no", "space.limits: no", "space: no"):
        with (
            pytest.raises(ConfigError, match=f"^--set space.limits.*=1: {complaint}"),
            source.locating(),
        ):
            raise ConfigError(complaint)
    source.override(data, "space.head=x")
    with pytest.raises(ConfigError, match=r"my\.yaml: space: no"), source.locating():
        raise ConfigError("space: no")
    with pytest.raises(ConfigError, match=r"^nothing known"), source.locating():
        raise ConfigError("nothing known: no")


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("1e-3", 0.001),
        ("1.5E3", 1500.0),
        ("-.5", -0.5),
        ("-3", -3),
        ("true", True),
        ("no", "no"),
        ("on", "on"),
        ("2024-01-01", "2024-01-01"),
        ("'1'", "1"),
        ("null", None),
        ("~", None),
        ("1:30", 90),
        ("1.2.3", "1.2.3"),
        ("e3", "e3"),
    ],
)
def test_scalars_are_what_people_expect(tmp_path, scalar, value):
    """1e-3 is a number, `no` and dates are text."""
    data, _ = read(tmp_path, f"key: {scalar}\n")
    assert data["key"] == value
    assert type(data["key"]) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", r"line 2: `a` is given twice, first in line 1"),
        ("s:\n  k: 1\n  k: 1\n", r"line 3: `s\.k` is given twice, first in line 2"),
        ("a: [1, 2\n", r"line 2: expected YAML, got: expected ',' or '\]'"),
        ("1: x\n", r"line 1: expected a name as key, got '1'"),
        ("? [a]\n: x\n", r"line 1: expected a name as key"),
        ("- a\n- b\n", r"expected sections such as .*, got list"),
        ("", r"expected sections such as .*, got an empty file"),
        ("a: 1\n---\nb: 2\n", r"expected YAML, got: but found another document"),
        ("a: !!python/name:os.system x\n", r"line 1: expected YAML, got: could not"),
        ("a: \x1f\n", r"my\.yaml: expected YAML, got: unacceptable character"),
        ("a: " + 5000 * "[", "got nesting without end"),
        ("a: &x [*x]\n", r"does an alias \(\*\) contain itself\?"),
    ],
)
def test_bad_yaml_says_where_and_why(tmp_path, text, message):
    """Broken, doubled, hostile: a place and a reason, never a traceback."""
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, text)


def test_a_few_lines_of_aliases_cannot_eat_the_memory(tmp_path):
    """Nine aliases of nine aliases of … are refused before they are expanded."""
    lines = ["a0: &a0 [x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    with pytest.raises(ConfigError, match="expected at most"):
        read(tmp_path, "\n".join(lines))


def test_an_alias_is_fine(tmp_path):
    """Anchors, aliases and merge keys are YAML that people use."""
    data, _ = read(tmp_path, "a: &a {k: 1}\nb: *a\nc: {<<: *a, m: 2}\n")
    assert data["b"] == {"k": 1}
    assert data["c"] == {"k": 1, "m": 2}


def test_a_missing_file_is_named(tmp_path):
    """So are a folder in its place and text that is no UTF-8."""
    with pytest.raises(ConfigError, match=r"nothing\.yaml: expected a configuration"):
        read_yaml(tmp_path / "nothing.yaml")
    with pytest.raises(ConfigError, match="Is a directory"):
        read_yaml(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"a: \xff\n")
    with pytest.raises(ConfigError, match="expected UTF-8 text"):
        read_yaml(tmp_path / "latin.yaml")


def test_an_override_wins_and_says_that_it_did():
    """It replaces values, adds sections, takes any YAML and names itself."""
    data, source = {"a": {"b": 1}}, ConfigSource()
    assert source.override(data, "a.b=1e-2") == ("a", "b")
    source.override(data, "a.c={d: [1, x]}")
    source.override(data, "e.f=text=with=equals")
    source.override(data, "g=")
    assert data == {
        "a": {"b": 0.01, "c": {"d": [1, "x"]}},
        "e": {"f": "text=with=equals"},
        "g": None,
    }
    assert source.where(("a", "c", "d", 1)) == "--set a.c={d: [1, x]}: "


@pytest.mark.parametrize("text", ["a", "=3", "a..b=1", ".a=1", ""])
def test_an_override_that_is_none_says_what_one_looks_like(text):
    """The example in the message can be typed."""
    with pytest.raises(ConfigError, match=r"expected dotted\.key=value, for example"):
        ConfigSource().override({}, text)


def test_an_override_below_a_value_is_refused():
    """`seed.x=1` when seed is a number."""
    with pytest.raises(
        ConfigError, match=r"--set seed\.x=1: `seed` is 3 and has no keys"
    ):
        ConfigSource().override({"seed": 3}, "seed.x=1")


@given(st.text())
def test_any_text_reads_or_is_a_config_error(tmp_path_factory, text):
    """Fuzz: a file never ends in any other error."""
    path = tmp_path_factory.mktemp("fuzz") / "any.yaml"
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        data, _ = read_yaml(path)
    except ConfigError:
        return
    assert isinstance(data, dict)


def test_a_trail_reads_like_code():
    """Positions in brackets, keys with dots."""
    assert dotted(("objectives", 0, "metric")) == "objectives[0].metric"


def test_complaints_of_other_rooms_get_their_place(tmp_path):
    """A room that knows nothing of files names a key; the file and line are added."""
    _, source = read(tmp_path, "space:\n  blocks:\n    conv: 3\n")
    with (
        pytest.raises(
            ConfigError, match=r"my\.yaml, line 3: space\.blocks\.conv\.k: no"
        ),
        source.locating(),
    ):
        raise ConfigError("space.blocks.conv.k: no")
    with pytest.raises(ConfigError, match=r"^no key here"), source.locating():
        raise ConfigError("no key here")
