"""Datasets, metrics, peers, benchmarks, reports. May use ingest, nlp and models; never the store.

Public: `run_themes` scores mining on labelled sets and writes a report; `SUITES` names what can be run.
"""

from __future__ import annotations

from evaluation.drafts_suite import run_drafts
from evaluation.errors import EvaluationError
from evaluation.intent_suite import run_intent
from evaluation.themes_suite import run_themes

SUITES = ("themes", "drafts", "intent")

__all__ = ["SUITES", "EvaluationError", "run_drafts", "run_intent", "run_themes"]
