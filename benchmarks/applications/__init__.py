"""What the contenders serve."""

REVOKE_PATH = "/benchmark/revoke/"
