"""What every fuzz target shares: limits, first inputs and the loop."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import atheris

LIMITS = ("-timeout=10", "-rss_limit_mb=1024", "-max_len=4096")


def run(target: Callable[[bytes], None], seeds: Iterable[bytes]) -> None:
    """Feed the target until libFuzzer's options on the command line say stop."""
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds):
            Path(corpus, str(number)).write_bytes(seed)
        alone = any(Path(word).is_file() for word in sys.argv[1:])
        atheris.Setup([*sys.argv, *LIMITS, *([] if alone else [corpus])], target)
        atheris.Fuzz()
