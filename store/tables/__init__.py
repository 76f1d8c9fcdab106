"""Every table: what came in, what mining found, how the loop closes, what is owed to contributors, who did what."""

from store.tables.answers import AdoptedAnswer, DraftSkip
from store.tables.base import Base
from store.tables.board import BoardHabit, SavedView, ThemeFacet, ThemeNote, ThemeOwner, ThemePoint, ThemeText
from store.tables.connectors import Connector, ConnectorItem
from store.tables.contributors import ContributorKey, Credit, Follow, Release, ReleasedProposal, VoteFlag
from store.tables.intake import Author, Channel, IdempotencyKey, Post, RejectedRow, Source
from store.tables.loop import Draft, Knowledge, Proposal, Vote
from store.tables.map import MapIsland, MapPoint, MentionMove, MovedMention
from store.tables.mining import DecidedMention, LineageEdge, Mention, MentionPin, Run, Theme
from store.tables.people import Event, Job, SignInFailure, Token, User, UserSession
from store.tables.webhooks import (
    OutboxEntry,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
    WebhookSecret,
)

__all__ = [
    "AdoptedAnswer", "Author", "Base", "BoardHabit", "Channel", "Connector", "ConnectorItem", "ContributorKey",
    "Credit", "DecidedMention", "Draft", "DraftSkip", "Event", "Follow", "IdempotencyKey", "Job", "Knowledge",
    "LineageEdge", "MapIsland", "MapPoint", "Mention", "MentionMove", "MentionPin", "MovedMention", "OutboxEntry",
    "Post", "Proposal", "RejectedRow", "Release", "ReleasedProposal", "Run", "SavedView", "SignInFailure", "Source",
    "Theme", "ThemeFacet", "ThemeNote", "ThemeOwner", "ThemePoint", "ThemeText", "Token", "User", "UserSession",
    "Vote", "VoteFlag", "WebhookAttempt", "WebhookDelivery", "WebhookEndpoint", "WebhookMessage", "WebhookSecret",
]  # fmt: skip
