"""People's rules: themes, drafts, ballot, votes, claims, permissions, audit. Services here never commit:
one request or job step is one transaction, committed at the edge."""
