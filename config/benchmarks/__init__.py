"""Measurements against the raw limit, both in the same run."""
