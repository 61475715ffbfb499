"""Benchmarks: a generator of large captures, and interleaved runs against other programs."""
