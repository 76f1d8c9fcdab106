"""Progress bars: one a step, drawn on standard error, plain lines where nobody watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from api.cli.console import err

_WORDS = {
    "reading": "Reading",
    "preparing": "Cleaning, masking, finding duplicates",
    "storing": "Storing",
    "loading encoder": "Loading the encoder",
    "split": "Splitting into mentions",
    "encode": "Encoding",
    "cluster": "Clustering",
    "name": "Naming",
    "rank": "Ranking",
    "map": "Drawing the map",
    "keeping": "Keeping themes and mentions",
    "drafting": "Drafting replies",
    "routing": "Routing to the ballot",
    "writing": "Writing",
    "labelled sets": "Mining labelled sets",
}


class Bars:
    """A `pipeline.progress.Progress` that draws."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._current = ""
        self._about = ""

    def __call__(self, step: str, done: int, total: int) -> None:
        if step != self._current:
            self._complete(self._current)
            self._current = step
        if step not in self._tasks:
            self._tasks[step] = self._progress.add_task(self._about + _WORDS.get(step, step), total=total or None)
        self._progress.update(self._tasks[step], completed=done, total=total or None)

    def finish(self) -> None:
        """Fill the last bar."""
        self._complete(self._current)

    def restart(self, about: str = "") -> None:
        """Begin new bars: the same steps come again, about something else."""
        self.finish()
        self._about = f"{escape(about)}: " if about else ""
        self._tasks.clear()
        self._current = ""

    def _complete(self, step: str) -> None:
        if step in self._tasks:
            task = next(task for task in self._progress.tasks if task.id == self._tasks[step])
            total = task.total or task.completed or 1
            self._progress.update(self._tasks[step], completed=total, total=total)


@contextmanager
def bars() -> Iterator[Bars]:
    """Bars for the block."""
    columns = (
        SpinnerColumn(finished_text="[green]✓[/green]"),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err) as progress:
        drawn = Bars(progress)
        yield drawn
        drawn.finish()
