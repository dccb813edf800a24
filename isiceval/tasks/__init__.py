"""What each challenge edition asks for, as data."""
