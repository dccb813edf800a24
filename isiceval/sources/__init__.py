"""Where bytes come from: folders, archives, memory; what is expected of a submission."""
