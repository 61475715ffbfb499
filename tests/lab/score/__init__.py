"""The score: what pcapflow says of recordings against what the kernels did.

It runs pcapflow through its public API and reads what the lab wrote down. What cannot be known
from a capture point stands in the expected files, made before any program looked at them.
"""
