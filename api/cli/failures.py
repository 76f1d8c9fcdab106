"""What went wrong, in one paragraph that says what to do, and the exit code: 2 the input or its use, 1 the rest."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer
from rich.markup import escape

from api.cli.console import err

P = ParamSpec("P")
R = TypeVar("R")

USAGE = 2
UNEXPECTED = 1
DEBUG_VARIABLE = "ZHONGSHENG_DEBUG"


class JobFailedError(Exception):
    """A job ended without success; the message is the job's own."""


class UsageError(Exception):
    """Something the person at the keyboard can put right; the message says how."""


def plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn exceptions of a command into a message and an exit code. With ZHONGSHENG_DEBUG=1 they pass through."""

    @functools.wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (typer.Exit, typer.Abort):
            raise
        except KeyboardInterrupt:
            err.print("Stopped.")
            raise typer.Exit(130) from None
        except Exception as error:
            if os.environ.get(DEBUG_VARIABLE):
                raise
            message, code = explained(error)
            err.print(f"[red]Error:[/red] {escape(message)}")
            raise typer.Exit(code) from None

    return guarded


def explained(error: Exception) -> tuple[str, int]:
    """The message and exit code for an exception."""
    from pydantic import ValidationError
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from ingest.errors import IngestError
    from models.encoders.openai_compatible import EndpointError
    from models.encoders.sentence_transformer import ModelNotFoundError
    from pipeline.offline import OutputError
    from review.errors import ReviewError

    match error:
        case ValidationError():
            wrong = "; ".join(f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors())
            return f"A setting is wrong: {wrong}. Settings come from ZHONGSHENG_… variables and .env.", USAGE
        case IngestError() | OutputError() | UsageError() | ReviewError() | ModelNotFoundError() | ValueError():
            return str(error), USAGE
        case JobFailedError() | EndpointError():
            return str(error), UNEXPECTED
        case OperationalError() | ProgrammingError():
            first = str(error.orig or error).strip().splitlines()[0]
            return f"The database did not answer as expected: {first}. Check DATABASE_URL and run doctor.", UNEXPECTED
        case OSError(filename=str(where)):
            return f"{where}: {error.strerror}. Check the path, its permissions and the room on its disk.", UNEXPECTED
        case _:
            hint = f"Set {DEBUG_VARIABLE}=1 to see where."
            return f"Unexpected {type(error).__name__}: {error}. {hint}", UNEXPECTED
