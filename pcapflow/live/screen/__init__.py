"""A watch on the terminal: what is open, what was found, and each connection as a diagram.

``source`` asks the watch, ``board`` keeps and sorts what is shown, ``lines``, ``tables`` and
``keys`` word it, ``retold`` draws a connection from the last packets; none of these knows the
terminal.  ``app``, ``view``, ``views``, ``rows`` and ``terminal`` paint it, with Textual, which is
imported there alone.
"""
