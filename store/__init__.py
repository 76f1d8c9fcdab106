"""Tables, migrations and repositories (every query lives here). Repositories never commit."""
