"""Counts of holders, and the ranking made of them."""
