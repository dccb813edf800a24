"""How each kind of task is read, checked and scored: one strategy a kind."""
