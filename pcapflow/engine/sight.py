# cython: language_level=3
"""The octets that a record reader or the decoder reads just now."""

import cython


class Sight:
    """``octets``, ``size`` of them, which belong to somebody else."""

    def look(self, octets):
        """Read ``octets`` from now on; None: whoever owns the last ones may now change them."""
        self.size = 0 if octets is None else len(octets)
        if cython.compiled:
            self.octets = cython.address(octets[0]) if self.size else cython.NULL
        else:
            self.octets = octets
