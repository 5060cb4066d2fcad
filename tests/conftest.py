"""Settings of all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

# A deadline an example measures the load of the machine, not the code.
settings.register_profile("explore", deadline=None)
# The same examples every time: a change fails by what it changes, never by a draw.
# `make explore` draws new ones.
settings.register_profile(
    "repeated", parent=settings.get_profile("explore"), derandomize=True
)
settings.load_profile("repeated")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the user's cache of decoded tasks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVONAS_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
