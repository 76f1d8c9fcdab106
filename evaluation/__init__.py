"""Datasets, metrics, peers, benchmarks, reports. May use ingest, nlp and models; never the store.

Public: `SUITES`, the table of what can be measured, each entry with its runner; `EvaluationError`, whose message says
what to do.
"""

from __future__ import annotations

from evaluation.errors import EvaluationError
from evaluation.suites import SUITES, Suite, SuiteRequest

__all__ = ["SUITES", "EvaluationError", "Suite", "SuiteRequest"]
