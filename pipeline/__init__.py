"""Durable jobs: ingest, mine, reconcile, rank, draft, route. Joins the pure rooms to the store."""
