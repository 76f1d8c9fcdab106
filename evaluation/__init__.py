"""Datasets, metrics, peers, benchmarks, reports. May use ingest, nlp and models; never the store."""
