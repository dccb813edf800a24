"""Report: one row builder feeds text, CSV, Markdown and JSON; reports compute nothing."""
