"""What Wireshark thinks: display filters, and where it disagrees about a capture.

Knows model and errors; the only room that knows pyshark, whose event loop stays in one adapter.
"""
