"""Measure: masks to counts, counts to values."""
