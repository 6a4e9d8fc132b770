"""Title."""
