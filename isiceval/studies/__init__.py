"""Study: what the pages show beside the scores, worked out from scorecards and leaderboards."""
