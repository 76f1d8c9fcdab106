"""Where the bundled sample lies: beside the source tree, or inside the installed package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Example:
    """One export of the sample and the channel it belongs to."""

    file: str
    channel: str


EXAMPLES = (
    Example("forum.csv", "拾光社区"),
    Example("wechat_group.csv", "微信粉丝群"),
    Example("qq_group.txt", "QQ 用户群"),
)
KNOWLEDGE = "knowledge.jsonl"


def examples_folder() -> Path:
    """The folder of the sample. Raises FileNotFoundError where the installation lacks it."""
    here = Path(__file__).resolve().parent
    for folder in (here / "examples", here.parent / "examples"):
        if (folder / KNOWLEDGE).exists():
            return folder
    raise FileNotFoundError("the bundled sample is missing; install the package again, or run in the source tree")
