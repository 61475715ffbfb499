"""What Wireshark knows and pcapflow does not ask itself: display filters, through tshark.

Knows model and errors; the only room that knows pyshark, whose event loop stays in one adapter.
"""
