"""What other systems may be told: the types of messages, and the events of the audit log that lead to one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

EVENT_TYPES: Final = (
    "theme.created",
    "theme.updated",
    "theme.merged",
    "theme.split",
    "proposal.created",
    "proposal.status_changed",
    "proposal.merged",
    "proposal.threshold_reached",
    "vote.cast",
    "draft.approved",
    "draft.reopened",
)
RECALL: Final = "draft.reopened"  # told only where the reply had left
TEST: Final = "webhook.test"

# Action in the audit log -> type of the message. A run is one event and leads to a message for each theme it changed.
TYPE_OF_ACTION: Final[Mapping[str, str]] = {
    "theme.split_off": "theme.created",
    "theme.renamed": "theme.updated",
    "theme.dismissed": "theme.updated",
    "theme.restored": "theme.updated",
    "theme.unnamed": "theme.updated",
    "theme.mentions_received": "theme.updated",
    "theme.mentions_left": "theme.updated",
    "theme.mentions_dismissed": "theme.updated",
    "theme.mentions_returned": "theme.updated",
    "theme.merged": "theme.merged",
    "theme.split": "theme.split",
    "proposal.created": "proposal.created",
    "proposal.status_changed": "proposal.status_changed",
    "proposal.unmerged": "proposal.status_changed",
    "proposal.merged": "proposal.merged",
    "proposal.threshold_reached": "proposal.threshold_reached",
    "vote.cast": "vote.cast",
    "draft.approved": "draft.approved",
    "draft.edited": "draft.approved",
    "draft.reopened": RECALL,
}
# Replies leave a little later than they are approved: what is on a platform cannot be taken back.
REPLY_ACTIONS: Final = frozenset({"draft.approved", "draft.edited"})
RUN_KEPT: Final = "run.kept"
# These change what a board of another system should show, though no webhook tells of them.
BOARD_ONLY: Final = frozenset({
    "proposal.noted", "proposal.reworded", "proposal.received_merge", "proposal.lost_merge", "vote.withdrawn",
    "vote.excluded", "vote.restored",
})  # fmt: skip


def leaves(action: str) -> bool:
    """Whether an event of this action is of interest outside; the audit log then puts it into the outbox too."""
    return action in TYPE_OF_ACTION or action == RUN_KEPT or action in BOARD_ONLY


def message_body(type_: str, at: datetime, data: Mapping[str, Any]) -> str:
    """The JSON of a message, as Standard Webhooks recommends: type, when it happened, what happened."""
    payload = {"type": type_, "timestamp": rfc3339(at), "data": data}
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


def rfc3339(moment: datetime) -> str:
    """The moment in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
