"""pcapflow: how did each TCP connection end, who ended it, and what went wrong on the way?

This package's names are the public API; everything below it is free to change.
"""

from pcapflow._version import __version__

__all__ = ["__version__"]
