"""Bytes to arrays; a file format is one module, those of masks are listed in mask.py."""
