"""Report: a module for each result makes its blocks, one for each format renders them."""
