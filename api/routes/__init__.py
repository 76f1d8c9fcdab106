"""REST resources under /api/v1, one module a resource. Routes translate; rules live in `review`."""
