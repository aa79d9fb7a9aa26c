"""Kills, faults and hostile input, from outside: see README.md."""
