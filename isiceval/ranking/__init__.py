"""Rank: scorecards to a leaderboard."""
