"""Where bytes come from: folders, archives, memory; which file belongs to which image."""
