"""Where pcapflow and tshark disagree about a capture, frame by frame, and why.

Four things are compared, each at the frame where it shows: a connection or stream begins, a FIN is
sent again, a RST, a four-tuple is used again.  ``reasons`` explains what it can.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from pcapflow.annotate.both import FIN, RST, Both, Case, Judged
from pcapflow.annotate.reasons import reason
from pcapflow.annotate.view import Seen, View
from pcapflow.model import SUBJECTS, CrossCheck, Difference, Opinion, Subject

_Group: TypeAlias = tuple[Subject, Opinion, str | None]


def cross_check(
    view: View,
    version: str,
    ours: Mapping[int, Judged],
    segments: Sequence[int],
    last: int | None = None,
) -> CrossCheck:
    """Compare what pcapflow judged with what tshark sees of the same capture.

    ``segments`` is not 0 at the number of each frame from which pcapflow took a TCP segment.
    ``last`` is the last frame that it could read, where that is not the capture's last.
    """
    both = Both(ours)
    agreed = dict.fromkeys(SUBJECTS, 0)
    cases: list[Case] = []
    for seen in view.frames():
        if last is not None and seen.frame > last:
            break
        both.add(seen)
        if seen.frame not in both.theirs:
            continue
        judged = ours.get(seen.frame)
        for subject, mine, other in _opinions(judged, seen):
            agreed[subject] += min(mine, other)
            if mine != other:
                alone: Opinion = "pcapflow" if mine > other else "tshark"
                found = seen.frame < len(segments) and bool(segments[seen.frame])
                case = Case(subject, alone, seen.frame, found, judged, seen)
                cases += [case] * abs(mine - other)
    read = view.last if last is None else min(last, view.last)
    groups: dict[_Group, list[int]] = defaultdict(list)
    for case in cases:
        groups[case.subject, case.alone, reason(case, both)].append(case.frame)
    if view.trouble is None:
        for judged in ours.values():
            if judged.frame > read:  # why tshark has not read it nobody knows
                for subject, mine, _ in _opinions(judged, None):
                    groups[subject, "pcapflow", None] += [judged.frame] * mine
    order = sorted(groups, key=_order)
    return CrossCheck(
        tshark=version,
        frames=read,
        trouble=view.trouble,
        agreed=agreed,
        differences=tuple(Difference(*key, tuple(groups[key])) for key in order if groups[key]),
    )


def _order(group: _Group) -> tuple[bool, str, str, int]:
    """By reason; what has none comes last."""
    subject, alone, why = group
    return why is None, why or "", alone, SUBJECTS.index(subject)


def _opinions(judged: Judged | None, seen: Seen | None) -> Iterator[tuple[Subject, int, int]]:
    """Of each subject how often pcapflow and how often tshark sees it in a frame."""
    j, s = judged, seen
    yield "connections", int(j is not None and j.begins), 0 if s is None else s.begins
    again = s is not None and bool(s.flags & FIN) and s.retransmission
    yield "FIN retransmissions", int(j is not None and j.fin_again), int(again)
    reset = j is not None and bool(j.flags & RST) and not j.duplicate
    yield "resets", int(reset), int(s is not None and bool(s.flags & RST))
    yield "port reuses", int(j is not None and j.reuses), int(s is not None and s.reused)
