"""A small fictional market, written as real submissions and reference files."""
