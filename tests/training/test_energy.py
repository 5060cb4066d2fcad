"""Energy counters."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from small_networks import blobs, request

from evonas.training import TrainingEvaluator, TrainingSettings
from evonas.training.energy import energy_counter

CPU = torch.device("cpu")


def _zone(folder: Path, name: str, microjoules: int, largest: int = 10**7) -> Path:
    zone = folder / name
    zone.mkdir(parents=True, exist_ok=True)
    (zone / "max_energy_range_uj").write_text(f"{largest}\n")
    (zone / "energy_uj").write_text(f"{microjoules}\n")
    return zone


def test_packages_are_added_up_and_their_overflow_is_seen(tmp_path: Path) -> None:
    """Parts of a package are counted in it already."""
    _zone(tmp_path, "intel-rapl:0", 9_000_000)
    _zone(tmp_path, "intel-rapl:1", 1_000_000)
    _zone(tmp_path, "intel-rapl:0:0", 5_000_000)
    joules = energy_counter(CPU, tmp_path)
    assert joules is not None
    assert joules() == 0
    _zone(tmp_path, "intel-rapl:0", 999_999)  # over its end by a million
    _zone(tmp_path, "intel-rapl:1", 1_500_000)
    assert joules() == pytest.approx(2.5)
    assert joules() == pytest.approx(2.5)


def test_a_machine_that_does_not_tell_has_no_counter(tmp_path: Path) -> None:
    """No such interface, or one that only others may read."""
    assert energy_counter(CPU, tmp_path) is None
    (_zone(tmp_path, "intel-rapl:0", 5) / "energy_uj").write_text("")
    assert energy_counter(CPU, tmp_path) is None


def test_a_record_has_its_energy_where_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The difference over the training; without a counter the metric is absent."""
    evaluator = TrainingEvaluator(blobs(), TrainingSettings(device="cpu", energy=True))
    readings = iter([5.0, 7.5])
    monkeypatch.setattr(evaluator, "joules", lambda: next(readings))
    assert evaluator.evaluate(request()).metrics["energy_joules"] == 2.5
    monkeypatch.setattr(evaluator, "joules", None)
    assert "energy_joules" not in evaluator.evaluate(request()).metrics
