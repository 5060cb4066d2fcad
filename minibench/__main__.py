"""`python -m minibench`: the same as the `minibench` command."""

from __future__ import annotations

import sys

from minibench.cli import main

if __name__ == "__main__":
    sys.exit(main())
