"""Configuration files: what is accepted, resolved and hashed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from evonas.config import Config, config_from_json, load_config
from evonas.errors import ConfigError

SMALLEST = """\
task: {name: digits}
strategy: {name: random}
budget: {evaluations: 10}
"""


@pytest.fixture
def write(tmp_path: Path):
    """Writes a config file and gives its path."""

    def write(text: str) -> Path:
        path = tmp_path / "my.yaml"
        path.write_text(text)
        return path

    return write


def config(**sections: object) -> Config:
    """A valid config with some sections of one's own."""
    smallest = {
        "task": {"name": "digits"},
        "strategy": {"name": "random"},
        "budget": {"evaluations": 10},
    }
    return config_from_json({**smallest, **sections})


def test_three_lines_are_a_whole_config(write):
    """Task, strategy and budget are enough; everything else has a default."""
    loaded = load_config(write(SMALLEST))
    assert loaded.task.name == "digits"
    assert loaded.fidelity.epochs > 0
    assert loaded.workers == 1


def test_a_resolved_config_is_a_config_file_that_gives_it_again(write):
    """What `--dry-run` prints and the run directory keeps can be searched again."""
    loaded = load_config(
        write(SMALLEST + "objectives: [validation_accuracy, parameters]\nseed: 7\n")
    )
    assert load_config(write(loaded.to_yaml())) == loaded


@example(seed=0, epochs=1.0, share=1.0, names=["0E0"], strategy={"1e3": "-1E-3"})
@given(
    seed=st.integers(0, 2**63 - 1),
    epochs=st.floats(1e-6, 1e6),
    share=st.floats(0, 1, exclude_min=True),
    names=st.lists(st.text(min_size=1), max_size=3),
    strategy=st.dictionaries(
        st.text(min_size=1).filter(lambda key: key != "name"),
        st.none() | st.booleans() | st.integers() | st.text(),
        max_size=3,
    ),
)
def test_any_config_survives_its_yaml(
    tmp_path_factory, seed, epochs, share, names, strategy
):
    """Whatever the values, the YAML text of a config reads back as the same config."""
    made = config(
        seed=seed,
        fidelity={"epochs": epochs, "data_share": share},
        objectives=names,
        strategy={"name": "random", **strategy},
    )
    path = tmp_path_factory.mktemp("config") / "resolved.yaml"
    path.write_text(made.to_yaml(), encoding="utf-8")
    assert load_config(path) == made
    assert load_config(path).digest("1") == made.digest("1")


def test_settings_are_frozen():
    """A config holds settings; nobody writes run-time state into it."""
    with pytest.raises(ValidationError, match="frozen"):
        config().seed = 3  # type: ignore[misc]


def test_a_section_with_nothing_in_it_is_as_if_it_were_absent(write):
    """Those with defaults have them; one that must be there is missing."""
    empty = "space:\nfidelity:\nfinal:\nobjectives:\nweights: null\n"
    assert load_config(write(SMALLEST + empty)) == load_config(write(SMALLEST))
    changed = load_config(write(SMALLEST + empty), ["fidelity.epochs=2"])
    assert changed.fidelity.epochs == 2
    with pytest.raises(ConfigError, match=r"line 1: expected `task`, got nothing; add"):
        load_config(write("task:\nstrategy: {name: random}\nbudget: {minutes: 1}\n"))
    with pytest.raises(ConfigError, match="`seed`: expected a valid integer, got null"):
        load_config(write(SMALLEST + "seed:\n"))


def test_an_objective_may_be_just_a_name():
    """`objectives: [parameters]` is short for a list of sections."""
    made = config(objectives=["parameters", {"metric": "x", "direction": "maximise"}])
    assert [one.metric for one in made.objectives] == ["parameters", "x"]
    assert made.objectives[0].direction is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SMALLEST + "fidelity:\n  epoch: 3\n",
            r"my\.yaml, line 5: unknown key `fidelity\.epoch`; did you mean `epochs`\? "
            r"\(valid here: epochs, data_share",
        ),
        (SMALLEST + "budgets: 3\n", r"line 4: unknown key `budgets`.*`budget`\?"),
        (
            SMALLEST + "fidelity: {epochs: many}\n",
            r"line 4: `fidelity\.epochs`: expected a valid number, got \"many\"",
        ),
        (
            SMALLEST + "fidelity: {epochs: -1}\n",
            r"`fidelity\.epochs`: expected greater than 0, got -1",
        ),
        (SMALLEST + "space: 3\n", r"`space`: expected a section with keys, got 3"),
        (SMALLEST + "latency: yes\n", r"`latency`: expected true or false, got \"yes"),
        (SMALLEST + "seed: true\n", r"`seed`: expected a valid integer, got true"),
        (
            SMALLEST + "workers: '2'\n",
            r"`workers`: expected a valid integer, got \"2\"",
        ),
        (SMALLEST + "device: gpu\n", r"'auto', 'cpu' or 'cuda', got \"gpu\""),
        (
            SMALLEST + "fidelity: 3\n",
            r"`fidelity`: expected a section with keys such as epochs, .*, got 3",
        ),
        (SMALLEST + "objectives: 3\n", r"`objectives`: expected a valid list, got 3"),
        (
            SMALLEST + "objectives:\n- metric: x\n  way: up\n",
            r"line 6: unknown key `objectives\[0\]\.way`.*here: metric, direction",
        ),
        (
            SMALLEST + "evaluator: mine\n",
            r"expected package\.module:Name, got \"mine\"",
        ),
        (SMALLEST + "seed: .nan\n", r"`seed`: expected a valid integer, got NaN"),
        (
            SMALLEST + "fidelity: {epochs: .inf}\n",
            r"`fidelity\.epochs`: expected a finite number, got Infinity",
        ),
        ("task: {name: digits}\nstrategy: {name: random}\n", r"`budget`, got nothing"),
        (
            "task: {}\nstrategy: {name: random}\nbudget: {minutes: 1}\n",
            r"line 1: `task`: expected either `name`.*or `path`.*got neither",
        ),
        (
            "task: {name: digits}\nstrategy: {name: random}\nbudget: {}\n",
            r"`budget`: expected one or more of `evaluations`, `epochs` and `minutes`",
        ),
    ],
)
def test_a_mistake_names_place_expectation_and_finding(write, text, message):
    """Each wrong setting is one line: file, line, key, expected, got."""
    with pytest.raises(ConfigError, match=message):
        load_config(write(text))


def test_all_mistakes_are_told_at_once(write):
    """Nobody wants to mend one key a run."""
    with pytest.raises(ConfigError, match=r"(?s)(?=.*`seed`)(?=.*`workers`)"):
        load_config(write(SMALLEST + "seed: x\nworkers: y\n"))


def test_settings_that_are_not_plain_data_are_refused():
    """From Python too, only what YAML could say is a setting."""
    with pytest.raises(ConfigError, match="expected plain values"):
        config(space={"blocks": {1, 2}})


def test_paths_in_a_file_start_at_the_file(write, tmp_path, monkeypatch):
    """A config and its data can be moved together; overrides start where one stands."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = write(SMALLEST.replace("name: digits", "path: data/mine.npz"))
    monkeypatch.chdir(elsewhere)
    loaded = load_config(path, ["out=runs/one"])
    assert loaded.task.path == tmp_path / "data/mine.npz"
    assert loaded.out == elsewhere / "runs/one"
    whole_section = load_config(path, ["task={path: other.npz}"])
    assert whole_section.task.path == elsewhere / "other.npz"


@pytest.mark.parametrize(
    "sections",
    [
        {"out": "/elsewhere"},
        {"workers": 9},
        {"budget": {"minutes": 3}},
        {"weights": {"quota_bytes": 1}},
        {"final": {"epochs": 1}},
    ],
)
def test_the_digest_ignores_what_a_resume_may_change(sections):
    """A run may be moved, extended and continued by another number of workers."""
    assert config(**sections).digest("v") == config().digest("v")


@pytest.mark.parametrize(
    "sections",
    [
        {"seed": 1},
        {"threads": 2},
        {"fidelity": {"epochs": 1}},
        {"strategy": {"name": "random", "x": 1}},
        {"space": {"merges": ["sum"]}},
        {"task": {"name": "digits", "split_seed": 1}},
        {"objectives": ["parameters"]},
    ],
)
def test_the_digest_changes_with_whatever_records_depend_on(sections):
    """A journal is never continued by a search that would have asked otherwise."""
    assert config(**sections).digest("v") != config().digest("v")


def test_the_digest_depends_on_the_data_not_on_where_it_lies():
    """Moved data is the same data; changed data in the same place is not."""
    here = config(task={"path": "/here/a.npz"})
    there = config(task={"path": "/there/a.npz"})
    assert here.digest("v1") == there.digest("v1")
    assert here.digest("v1") != here.digest("v2")


def test_replaced_sections_are_checked_and_keep_their_origin(write):
    """What the program fills in is held to the same rules as what the user wrote."""
    loaded = load_config(write(SMALLEST))
    assert loaded.replaced(seed=5).seed == 5
    assert loaded.replaced(seed=5).source is loaded.source
    with pytest.raises(ConfigError, match="`seed`: expected a valid integer"):
        loaded.replaced(seed="x")
