"""What others would use for the same job, run on the same texts in the same process.

Public: `BertopicPeer` with and without its outlier reduction, `kmeans_themes` as a yardstick that is told the number
of classes, `missing` to ask whether the optional extra `peers` is installed.
"""

from __future__ import annotations

from evaluation.peers.bertopic import INSTALL, BertopicOutcome, BertopicPeer, PeerFailure, missing
from evaluation.peers.kmeans import kmeans_themes

__all__ = ["INSTALL", "BertopicOutcome", "BertopicPeer", "PeerFailure", "kmeans_themes", "missing"]
