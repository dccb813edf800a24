"""Tables of confidences, read like a careful clerk."""
