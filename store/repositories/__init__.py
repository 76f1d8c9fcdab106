"""One repository a thing. They query and add; the caller's edge commits."""
