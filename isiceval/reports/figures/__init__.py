"""Figures of the pages, drawn by matplotlib as SVG: one function for each ``Figure.kind``."""
