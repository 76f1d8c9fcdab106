"""`python -m api.cli`: the same as the `zhongsheng` command."""

from __future__ import annotations

from api.cli import main

main()
