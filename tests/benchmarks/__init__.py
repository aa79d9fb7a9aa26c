"""Benchmarks that a reader can run, the peers beside ours: `python -m tests.benchmarks`; see README.md."""
