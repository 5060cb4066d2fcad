"""What the pages say can be clicked, copied and run."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from documents import (
    EXTENDING,
    GUIDE,
    PAGES,
    ROOT,
    SNIPPETS,
    WHOLE,
    Snippet,
    chosen,
    prose,
    read,
)

import evonas.api
from evonas.build.strategies import strategy_settings
from evonas.cli import app, main
from evonas.config import config_from_json
from evonas.space import space_from_json

#: what makes any search of an example a matter of a second
TINY: dict[str, Any] = {
    "workers": 0,
    "budget": {"evaluations": 2, "minutes": None},
    "fidelity": {"epochs": 0.05},
    "final": {"epochs": 0.05},
    "space": {"module_nodes": 1, "blueprint_nodes": 1},
}

#: a module that pages name without showing it
INVENTED = """
from evonas import LayerKind
from evonas.architecture import Cost, Parameter


class Gate(LayerKind):
    parameters = {"units": Parameter(int, 16)}

    def output_shape(self, params, inputs):
        return inputs[0]

    def cost(self, params, inputs):
        return Cost()
"""


# Links --------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """What a link into a page may name, as GitHub and GitLab make it of headings."""
    titles = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).lower() for title in titles]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """To a file or folder of the repository, and to a heading that it has."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{page}: {target} leads nowhere"
        assert path.is_relative_to(ROOT), f"{page}: {target} leaves the repository"
        if anchor:
            assert anchor in anchors(path), f"{page}: {target} has no such heading"


def test_every_page_can_be_reached_from_the_readme() -> None:
    """By links alone; a folder that is linked shows its pages."""
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or not page.exists():
            continue
        reached.add(page)
        if page.is_dir():
            waiting += page.glob("*.md")
        elif page.suffix == ".md":
            names = re.findall(r"\]\(([^)#\s]+)", prose(page))
            waiting += [(page.parent / name).resolve() for name in names]
    assert set(PAGES) <= reached


# Commands, settings, programs ---------------------------------------------------------


def commands() -> list[Any]:
    """Every `evonas …` line of every page."""
    lines = []
    for snippet in SNIPPETS:
        for line in snippet.text.splitlines():
            words = re.search(
                r"^\$ .*?\b(evonas (?:search|resume|status|submit|doctor|ex|tr).*)",
                line,
            )
            if words is not None:
                lines.append(pytest.param(words[1], id=f"{snippet}: {words[1]}"))
    return lines


@pytest.mark.parametrize("line", commands())
def test_every_command_is_one(line: str) -> None:
    """Its options exist and have values of their type."""
    _, name, *words = shlex.split(line, comments=True)
    group: Any = typer.main.get_command(app)
    words = [word for word in words if word not in ("&", "|", "cat", "--help")]
    group.commands[name].make_context(name, words)


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with every file that the pages show, where modules are found."""
    for snippet in SNIPPETS:
        if snippet.mark == "file":
            name = snippet.text.splitlines()[0].removeprefix("# ")
            (tmp_path / name).write_text(snippet.text)
    (tmp_path / "mypackage").mkdir()
    (tmp_path / "mypackage" / "layers.py").write_text(INVENTED)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def settings_of(text: str) -> dict[str, Any]:
    """A snippet as a whole config; what it lacks is added."""
    data = yaml.safe_load(text)
    assert isinstance(data, dict)
    return {**WHOLE, **data}


@pytest.mark.parametrize("snippet", chosen(None, "yaml"))
@pytest.mark.usefixtures("parts")
def test_every_config_snippet_is_a_config(snippet: Snippet) -> None:
    """Or sections of one; unknown keys and wrong values would be told."""
    config = config_from_json(settings_of(snippet.text))
    strategy_settings(config)
    space_from_json(config.space, "image", (3, 32, 32))


@pytest.mark.parametrize("snippet", chosen(EXTENDING, "yaml", "config: search"))
def test_every_config_of_the_extending_page_is_searched(
    snippet: Snippet, parts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As written, with two networks of next to no training."""
    path = parts / "example.yaml"
    path.write_text(yaml.safe_dump(merged(yaml.safe_load(snippet.text), TINY)))
    assert main(["search", str(path), "--out", "run"]) == 0, capsys.readouterr().err
    assert evonas.api.open_run("run").best is not None, capsys.readouterr().out


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Nested settings laid over others."""
    result = dict(below)
    for key, value in above.items():
        inner = result.get(key)
        nested = isinstance(value, Mapping) and isinstance(inner, Mapping)
        result[key] = merged(inner, value) if nested else value
    return result


@pytest.fixture
def tiny_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """`search` and `resume` with the settings of `TINY`, whatever a program says."""
    search, resume = evonas.api.search, evonas.api.resume

    def tiny(*arrays: Any, **options: Any) -> evonas.api.Result:
        settings = merged(options.pop("settings", None) or {}, TINY)
        for name in ("evaluations", "minutes", "workers"):
            options.pop(name, None)
        return search(*arrays, settings=settings, **options)

    def tiny_resume(run: str, **options: Any) -> evonas.api.Result:
        return resume(run, **{**options, "evaluations": 4, "workers": 0})

    monkeypatch.setattr(evonas.api, "search", tiny)
    monkeypatch.setattr(evonas.api, "resume", tiny_resume)


@pytest.mark.parametrize("snippet", chosen(EXTENDING, "python", "program"))
@pytest.mark.usefixtures("tiny_search")
def test_every_program_of_the_extending_page_runs(
    snippet: Snippet, parts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the files of the page beside it; it prints what it found."""
    run_program(snippet, parts)
    assert capsys.readouterr().out.strip() not in ("", "{}")


def run_program(snippet: Snippet, folder: Path) -> None:
    """Run a snippet as a script of its own, with line numbers of its page."""
    path = folder / f"program_{snippet.line}.py"
    path.write_text("\n" * (snippet.line - 1) + snippet.text)
    runpy.run_path(str(path))


#: in a command of the guide: what would take minutes, or is there only after them
SMALLER = (
    (r"--workers \d+", "--workers 0"),
    (r"budget\.evaluations=\d+", "budget.evaluations=3"),
    (r"final\.epochs=\d+", "final.epochs=0.1"),
    (r"--wall-time \w+", "--wall-time 60s"),
    (r"--id \d+", "--id 0"),
    (r" --onnx", ""),
)


@pytest.mark.usefixtures("tiny_search")
def test_the_guide_can_be_followed_from_top_to_bottom(
    parts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command, config and program in its order, as written but smaller.

    What starts ranks is left out: `tests/mpi` and `tests/cli` do that.
    """
    shutil.copytree(ROOT / "configs", parts / "configs")
    done = set()
    for snippet in read(GUIDE):
        if snippet.mark == "program":
            run_program(snippet, parts)
            done.add("program")
        elif snippet.mark.startswith("config: "):
            path = parts / snippet.mark.removeprefix("config: ")
            path.write_text(snippet.text)
        elif snippet.language == "console":
            for line in snippet.text.splitlines():
                if line.startswith("$ evonas ") and "--mpi" not in line:
                    words = smaller(line)
                    assert main(words) == 0, f"{line}: {capsys.readouterr().err}"
                    done.add(words[0])
    assert {"search", "status", "resume", "train", "export", "program"} <= done
    assert (parts / "digits_network" / "network.py").exists()


def smaller(line: str) -> list[str]:
    """The words of an `evonas` command of the guide, after that name."""
    for pattern, replacement in SMALLER:
        line = re.sub(pattern, replacement, line)
    words = shlex.split(line)[2:]
    if words[0] == "search":
        for name, value in flat(TINY).items():
            words += ["--set", f"{name}={json.dumps(value)}"]
    return words


def flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted name → value."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{key}": inner for key, inner in flat(value).items()}
        else:
            found[name] = value
    return found
