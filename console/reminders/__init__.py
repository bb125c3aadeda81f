"""Reminders of keys that expire: who is told when (`due`), what is told (`digest`), and its way (`outbox`)."""
