"""The expiries of a team's keys as a calendar that other programs subscribe to, by a private link."""
