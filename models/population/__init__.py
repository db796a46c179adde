"""A synthetic population whose hazards are functions that tests can call."""

VERSION = "0.2.0"
"""Of the worlds: it changes when equal arguments give other lives."""
