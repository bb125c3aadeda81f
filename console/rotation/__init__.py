"""A rotation while it is under way: what its page shows, and what ends it."""
