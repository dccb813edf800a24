"""Tables and superpixel files: read like a careful clerk."""
