"""Run the command line with ``python -m isiceval``."""

from isiceval.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
