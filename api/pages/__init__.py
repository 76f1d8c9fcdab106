"""Pages for people: Chinese first, English switch. Pages translate; rules live in `review`."""
