"""Where submissions come from: a folder, a zip read in place, or memory."""
