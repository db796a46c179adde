"""Trajectory core: a hybrid competing-hazard model, its export to `hazard-step/1` and its evaluation."""
