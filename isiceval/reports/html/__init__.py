"""Pages of HTML: one file each, without network, from templates that escape everything."""
