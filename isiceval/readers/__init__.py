"""Bytes to arrays; a file format is one module."""
