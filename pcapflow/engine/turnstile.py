"""A turnstile: one thread waits until another lets it pass, which it may do before or after.

``turnstile.pxd`` is the same for the compiled engine, where neither thread needs the GIL for it.
"""

from __future__ import annotations

from _thread import LockType, allocate_lock

Turnstile = LockType


def shut() -> Turnstile:
    """A turnstile that lets nobody pass yet."""
    turnstile = allocate_lock()
    turnstile.acquire()
    return turnstile


def scrap(turnstile: Turnstile) -> None:
    """Nobody needs it any more."""


def passed(turnstile: Turnstile) -> bool:
    """Wait until the other thread has let one pass; False if a signal came before that."""
    return turnstile.acquire()


def let_by(turnstile: Turnstile) -> bool:
    """Pass, if the other thread has let one pass already, without waiting; whether it had."""
    return turnstile.acquire(blocking=False)


def release(turnstile: Turnstile) -> None:
    """Let one pass, once."""
    turnstile.release()


def heed() -> None:
    """Handle signals that came while one waited: Python has done so by itself."""
