"""Formulas: masks to counts, counts and confidences to values; registry.py lists the metrics."""
