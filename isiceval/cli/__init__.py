"""The command line: commands in submissions.py and reference.py, what they share in options.py."""
