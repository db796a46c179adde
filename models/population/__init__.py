"""A synthetic population whose hazards are functions that tests can call."""
