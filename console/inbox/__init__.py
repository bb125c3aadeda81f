"""The refused requests of a team: who was refused, from where, and what to do about it."""
