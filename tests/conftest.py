"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# A deadline an example measures the load of the machine, not the code.
settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")
