"""How sure the numbers are: ranks in ranking.py, intervals in bootstrap.py, tests."""
