"""How each kind of task is read, measured and aggregated: segmentation and classification."""
