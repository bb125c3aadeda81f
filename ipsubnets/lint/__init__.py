"""What is wrong with a team's list of networks: found in a few queries, and mended with one click each."""
