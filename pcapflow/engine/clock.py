# cython: language_level=3
"""The packet clock: time is what packets say, and does not run backwards within one capture."""

import cython

STITCHED = cython.declare(cython.longlong, 300_000_000_000)
"""A capture silent for so long, all connections together, is two captures joined (ns)."""
_MAX_GAPS = 1024
_ANY = cython.declare(cython.longlong, 1 << 61)


class Clock:
    """``now`` is the latest packet time seen, ``first`` the first (ns; -1 before any).

    ``passed`` is the time that went by forwards (ns).  ``gaps`` lists when the capture fell silent
    for minutes.
    """

    def __init__(self) -> None:
        self.now = -1
        self.first = -1
        self.passed = 0
        self.back = 0
        self.gaps = []
        self.silences = 0

    def tick(self, at):
        """A segment was seen at ``at`` (ns)."""
        ahead: cython.longlong = at - self.now
        if ahead < -STITCHED or ahead > STITCHED or self.first < 0:
            return self._jump(at)
        if ahead > 0:
            self.passed += ahead
            self.now = at
        elif ahead + self.back < 0:
            self.back = -ahead
        return 0

    def _jump(self, at):
        """It is the first segment, or minutes lie between it and the one before."""
        if at > self.now:
            if at - self.now > STITCHED and self.now >= 0:
                self.back = _ANY
                if cython.compiled:
                    with cython.gil:
                        self._stitch()
                else:
                    self._stitch()
            if self.first < 0:
                self.first = at
            else:
                self.passed += at - self.now
            self.now = at
        elif self.now - at > STITCHED:
            self.back = _ANY
            self.now = at  # time runs backwards: another capture begins here
        return 0

    def _stitch(self):
        if len(self.gaps) < _MAX_GAPS:
            self.gaps.append(int(self.now))
            self.silences += 1
        return 0

    def end_after(self, last):
        """When the capture of a connection ended whose last segment was at ``last`` (ns).

        That is the whole capture's end; or, where the capture was silent for minutes later on,
        the beginning of that silence: it was stitched from two, and nobody knows what a timer
        did between them.
        """
        if self.silences == 0:
            return max(self.now, last)
        if cython.compiled:
            with cython.gil:
                return self._end_after(last)
        else:
            return self._end_after(last)

    def _end_after(self, last):
        begun: cython.longlong
        for begun in self.gaps:
            if begun >= last:
                return begun
        return max(self.now, last)
