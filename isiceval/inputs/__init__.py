"""Read: names, bytes and masks from folders, zips and memory."""
