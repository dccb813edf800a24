"""Check: one function per rule, each with a code; its docstring is the rule."""
