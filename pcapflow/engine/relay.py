# cython: language_level=3
"""Batches on their way from the thread that fills them to the one that uses them, and back.

Compiled, neither needs the GIL to wait for the other or to go on.  Whichever has to wait may do
errands meanwhile: short steps of Python, that something later needs.
"""

import cython

from pcapflow.engine.batch import Batch

if not cython.compiled:
    from pcapflow.engine.turnstile import heed, let_by, passed, release, scrap, shut

    PLACES = 8


class Relay:
    """A ring of ``places`` for batches of ``capacity`` between two threads, which have one each.

    One fills ``filling`` and has it handed on by ``give``, after which that is another; at last it
    calls ``end``.  To the other ``next`` brings what comes as ``using``; by ``stop`` it says that
    it wants no more, and waits for the end.  ``meanwhile`` says what may be done by one that waits.
    """

    def __init__(self, capacity: int = 4096, places: int = 3) -> None:
        if not 0 < places <= PLACES:
            raise ValueError("a relay has 1 ... 8 places")
        self.places = places
        self.filling = Batch(capacity)
        self.using = Batch(capacity)
        self.held = [Batch(capacity) for _ in range(places)]
        self.fill = 0
        self.use = 0
        self.last = -1
        self.owed = 0
        self.over = False
        self.stopped = False
        self.errand = None
        self.errands = False
        if not cython.compiled:
            self.batches = self.held
            self.full = [None] * PLACES
            self.spare = [None] * PLACES
        self._build()

    def _build(self):
        place: cython.longlong
        for place in range(self.places):
            self.full[place] = shut()
            self.spare[place] = shut()
            if cython.compiled:
                self.batches[place] = cython.cast(cython.p_void, self.held[place])
                if self.full[place] == cython.NULL or self.spare[place] == cython.NULL:
                    raise MemoryError("no memory for a lock")
            release(self.spare[place])
        return 0

    def __dealloc__(self):
        if cython.compiled:
            place: cython.longlong
            for place in range(PLACES):
                scrap(self.full[place])
                scrap(self.spare[place])

    def give(self):
        """Hand on what was filled, and wait for one to fill; whether that is wanted."""
        if cython.compiled:
            with cython.nogil:
                self.hand_on()
        else:
            self.hand_on()
        return not self.stopped

    def meanwhile(self, errand):
        """Have ``errand`` done, again and again, by whichever thread waits; None: no more.

        It says whether it is worth while to be called again now.
        """
        self.errands = errand is not None
        if self.errands:  # else the other thread may be about to call the one there is
            self.errand = errand

    def hand_on(self):
        """As ``give``; ``filling`` has nothing in it then."""
        self._reach()
        self.filling.swap(cython.cast(Batch, self.batches[self.fill]))
        self.filling.records = 0
        self.filling.count = 0
        release(self.full[self.fill])
        self.fill = (self.fill + 1) % self.places
        return 0

    def _reach(self):
        """Wait until the next place is free; signals are for the main thread."""
        if not self._opens(self.spare[self.fill]):
            while not passed(self.spare[self.fill]):
                pass
        return 0

    def _opens(self, turnstile):
        """Whether it lets one pass now, or after some errands; else one has to wait."""
        while not let_by(turnstile):
            if not self.errands or not self._run():
                return False
        return True

    def _run(self):
        """Do an errand; whether to ask again."""
        more: cython.bint
        if cython.compiled:
            with cython.gil:
                more = self.errand()
        else:
            more = self.errand()
        return more

    def end(self):
        """Nothing more comes; what ``filling`` holds is lost."""
        if cython.compiled:
            with cython.nogil:
                self._reach()
        else:
            self._reach()
        self.last = self.fill
        release(self.full[self.fill])

    def next(self):
        """Wait for the next batch; whether there is one."""
        found: cython.longlong = -1
        while found < 0:
            heed()
            if cython.compiled:
                with cython.nogil:
                    found = self.come()
            else:
                found = self.come()
        return found == 1

    def come(self):
        """1: the next batch is ``using``; 0: there is none; -1: a signal came before it.

        Raises what an errand raises; the next batch is still to come then.
        """
        if self.over:
            return 0
        if not let_by(self.full[self.use]):
            self._give_back()
            if not self._opens(self.full[self.use]) and not passed(self.full[self.use]):
                return -1
        if self.use == self.last:
            self.over = True
            return 0
        self.using.swap(cython.cast(Batch, self.batches[self.use]))
        self.use = (self.use + 1) % self.places
        self.owed += 1
        if 2 * self.owed >= self.places:
            self._give_back()
        return 1

    def _give_back(self):
        """Give back the places that were emptied: half of them at once, unless nothing is there.

        To wake a thread takes as long as tracking some hundred segments.  The other waits at the
        place that was emptied first: when it is woken, all of them are free.
        """
        k: cython.longlong
        for k in range(1, self.owed + 1):
            release(self.spare[(self.use - k + self.places) % self.places])
        self.owed = 0
        return 0

    def stop(self):
        """No more is wanted: wait for the end of the filling."""
        self.stopped = True
        self.meanwhile(None)
        while not self.over:
            if cython.compiled:
                with cython.nogil:
                    self.come()
            else:
                self.come()
        self.errand = None  # it knows this relay
