"""How sure the numbers are: intervals, rankings, tests."""
