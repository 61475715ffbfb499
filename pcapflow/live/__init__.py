"""Watching an interface: the same engine, fed by sockets, telling findings as they become true.

Knows api and the rooms below it; the only room that waits for packets.
"""
