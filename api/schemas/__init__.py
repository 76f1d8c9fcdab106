"""What goes over the wire: one module a resource. Shapes only; rules live in `review`."""
