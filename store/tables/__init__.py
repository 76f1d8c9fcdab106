"""Every table, in four files: what came in, what mining found, how the loop closes, who did what."""

from store.tables.base import Base
from store.tables.intake import Author, Channel, IdempotencyKey, Post, RejectedRow, Source
from store.tables.loop import Draft, Knowledge, Proposal, Vote
from store.tables.mining import DecidedMention, LineageEdge, Mention, MentionPin, Run, Theme
from store.tables.people import Event, Job, SignInFailure, Token, User, UserSession

__all__ = [
    "Author", "Base", "Channel", "DecidedMention", "Draft", "Event", "IdempotencyKey", "Job", "Knowledge",
    "LineageEdge", "Mention", "MentionPin", "Post", "Proposal", "RejectedRow", "Run", "SignInFailure", "Source",
    "Theme", "Token", "User", "UserSession", "Vote",
]  # fmt: skip
