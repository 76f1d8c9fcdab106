"""Structured logs: readable lines on a terminal, JSON elsewhere, always on standard error."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(level: str = "INFO", *, as_json: bool | None = None) -> None:
    """Send structlog and the standard library's logs through one formatter at `level`.

    as_json: None means JSON unless standard error is a terminal.
    """
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    json_lines = not sys.stderr.isatty() if as_json is None else as_json
    final: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if json_lines else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ]
        if json_lines
        else [*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, final], foreign_pre_chain=shared
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for noisy in ("dbos", "httpx", "alembic", "sentence_transformers", "transformers", "numba", "jieba", "rjieba"):
        logging.getLogger(noisy).setLevel(max(number, logging.WARNING))


def quiet() -> None:
    """For commands whose output is for people: only warnings and worse reach standard error."""
    configure("WARNING", as_json=False)
