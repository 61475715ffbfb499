"""What TCP is: states, the transition table, timers, event codes, and how an end's path is told.

Plain data and pure functions over it; knows RFC 9293 and what kernels do.
Knows nothing of packets, captures, files or clocks.
"""
