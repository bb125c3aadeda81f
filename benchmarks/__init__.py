"""Gatehouse measured against its floor, its ceiling and its peers: `make bench`. See docs/performance.md."""
