"""Tables of confidences: bytes of a CSV to columns and problems."""
