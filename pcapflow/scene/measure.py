"""How wide words are, and how they break into lines.

``plex`` knows the advance widths of IBM Plex, so that a picture can be laid out without opening a
font file.  A renderer that paints with other fonts passes its own measure to ``scene``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pcapflow.scene.marks import Anchor, Face, Text, Type

Measure = Callable[[str, Face, float], float]
"""(words, face, size in px) to width in px."""

_PUNCTUATION = "\u00a0·×µ§·–—…’‘“”→←↔≥≤−é"
_CHARACTERS = "".join(map(chr, range(32, 127))) + "".join(dict.fromkeys(_PUNCTUATION))
_UNKNOWN = 1000
_MONO = 600

# Thousandths of an em, from the hmtx tables of the fonts in draw/fonts.
_ADVANCES = {
    "regular": (
        "236 284 419 713 598 927 694 242 335 335 450 600 272 399 272 383 600 600 600 600 600 600 "
        "600 600 600 600 292 292 600 600 600 477 891 641 653 621 671 583 559 695 707 400 510 634 "
        "501 812 707 708 606 708 640 581 572 678 609 891 613 593 580 317 383 317 600 565 600 534 "
        "580 503 580 549 324 528 568 250 250 527 272 873 568 560 580 580 367 487 351 568 492 768 "
        "507 499 464 343 314 343 600 236 326 600 573 586 588 780 803 273 273 475 474 820 820 820 "
        "600 600 600 549"
    ),
    "medium": (
        "236 298 451 678 599 947 707 253 336 336 514 600 290 401 290 417 600 600 600 600 600 600 "
        "600 600 600 600 310 310 600 600 600 487 896 662 659 634 683 593 570 705 714 416 531 660 "
        "513 814 714 712 627 712 655 598 577 686 628 926 639 617 591 325 417 325 600 561 600 549 "
        "592 510 592 556 340 537 580 265 265 547 285 882 580 564 592 592 383 494 365 580 512 799 "
        "530 514 487 354 353 356 600 236 356 600 585 577 588 780 846 284 284 501 500 854 854 854 "
        "600 600 600 556"
    ),
    "semibold": (
        "236 309 471 656 600 960 713 260 337 337 556 600 298 402 298 437 600 600 600 600 600 600 "
        "600 600 600 600 318 318 600 600 600 493 899 672 663 642 689 600 577 712 719 423 545 678 "
        "521 816 719 712 641 712 664 611 580 690 638 949 655 632 599 329 437 329 600 559 600 559 "
        "600 513 600 558 350 545 588 276 276 562 294 888 588 563 600 600 393 499 374 588 524 819 "
        "544 524 502 363 376 363 600 236 350 600 593 574 588 780 868 292 292 517 517 876 876 876 "
        "600 600 600 558"
    ),
    "italic": (
        "236 271 409 681 579 900 670 233 328 328 452 600 273 387 273 378 600 600 600 600 600 600 "
        "600 600 600 600 293 293 600 600 600 470 863 623 627 602 652 565 542 661 684 387 498 615 "
        "489 784 684 679 588 679 625 577 557 656 593 862 596 577 563 317 378 316 600 548 593 583 "
        "572 488 583 511 307 508 565 264 253 519 264 848 565 550 572 572 364 471 320 562 484 740 "
        "494 484 448 329 306 329 600 236 316 600 568 557 565 749 795 273 273 470 470 820 820 820 "
        "600 600 600 511"
    ),
}
_WIDTHS = {
    face: dict(zip(_CHARACTERS, map(int, advances.split()), strict=True))
    for face, advances in _ADVANCES.items()
}


def plex(words: str, face: Face, size: float) -> float:
    """Width in px of words set in IBM Plex, without kerning."""
    if face == "mono":
        return len(words) * _MONO * size / 1000
    widths = _WIDTHS[face]
    return sum(widths.get(c, _UNKNOWN) for c in words) * size / 1000


class Setter:
    """Sets type with one measure: makes texts that know their width."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure

    def width(self, words: str, kind: Type) -> float:
        return self._measure(words, kind.face, kind.size)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        kind: Type,
        anchor: Anchor = "left",
        halo: bool = False,
    ) -> Text:
        return Text(x, y, words, kind, self.width(words, kind), anchor, halo)

    def wrap(self, words: str, kind: Type, width: float) -> list[str]:
        """Lines no wider than ``width``; a single word that is wider breaks where it must."""
        lines: list[str] = []
        line = ""
        for word in words.split(" "):
            longer = f"{line} {word}" if line else word
            if self.width(longer, kind) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            *whole, line = self._pieces(word, kind, width)
            lines += whole
        return [*lines, line]

    def _pieces(self, word: str, kind: Type, width: float) -> list[str]:
        """A word in pieces that fit, broken after punctuation where there is some."""
        pieces: list[str] = []
        while self.width(word, kind) > width and len(word) > 1:
            fit = 1
            while self.width(word[: fit + 1], kind) <= width:
                fit += 1
            breaks = [m.end() for m in re.finditer(r"[:./_-]", word[:fit])]
            at = breaks[-1] if breaks and breaks[-1] * 2 > fit else fit
            pieces.append(word[:at])
            word = word[at:]
        return [*pieces, word]

    def balance(self, words: str, kind: Type, one: float, two: float) -> list[str] | None:
        """One line up to ``one`` wide, else two of nearly equal width up to ``two``, else None.

        Never leaves one word alone on a line.
        """
        if self.width(words, kind) <= one:
            return [words]
        parts = words.split(" ")
        breaks = [
            (" ".join(parts[:i]), " ".join(parts[i:])) for i in range(2, max(2, len(parts) - 1))
        ]
        best = min(breaks, key=lambda pair: self._uneven(pair, kind), default=None)
        if best is None or max(self.width(line, kind) for line in best) > two:
            return None
        return list(best)

    def _uneven(self, lines: tuple[str, str], kind: Type) -> float:
        """What a break costs: the wider line's width, less where a sentence or clause ends."""
        wider = max(self.width(line, kind) for line in lines)
        return wider * {".": 0.75, ";": 0.75, ":": 0.8, ",": 0.85}.get(lines[0][-1], 1.0)
