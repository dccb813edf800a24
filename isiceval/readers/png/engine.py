"""The library that inflates and checks: zlib-ng, or zlib with the same results but slower."""

from __future__ import annotations

import zlib
from types import ModuleType

__all__ = ["engine"]


def _load_engine() -> ModuleType:
    try:
        from zlib_ng import zlib_ng
    except ImportError:
        return zlib
    found: ModuleType = zlib_ng
    return found


engine = _load_engine()
