"""PNG masks, decoded straight to packed bits."""
