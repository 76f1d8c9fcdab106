"""The steps of a durable job. Each may be killed anywhere and run again: its effects happen once."""
