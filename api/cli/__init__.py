"""The command line, `zhongsheng`. Commands translate words into calls; heavy libraries load when a command runs."""

from __future__ import annotations


def main() -> None:
    """Entry point of the `zhongsheng` command."""
    from api.cli.application import application

    application(prog_name="zhongsheng")
