"""docs/states.md: the transition table, its picture, and every timer and threshold."""

from __future__ import annotations

from collections.abc import Iterable

from pcapflow.tcp.table import TABLE, Row
from pcapflow.tcp.timers import DEFAULTS, KERNELS, LIMITS, MIDDLEBOXES, PROFILES, Timer
from pcapflow.values import as_dict
from tests.docs.diagram import observers
from tests.docs.thresholds import THRESHOLDS, constants, written

INTRODUCTION = """\
# States, timers and thresholds

<!-- Made by: ./do docs -->

![The states of one end: the table below as a picture](states.svg)

Each end of a connection has a state of its own. pcapflow rebuilds what an end sent and must have
received, in that end's order, and walks the table below over it. This page and its picture are made
from that table, [table.py](../pcapflow/tcp/table.py): there is no second copy to disagree with it.

## How to read it

**A row** says: in this *state*, this *stimulus* leads to that state. `snd_` is what the end sent,
`rcv_` what reached it: `snd_synchronized` is any segment that only an end past the handshake sends,
`rcv_ack_of_fin` an acknowledgement that covers its FIN. **A stimulus without a row** changes
nothing: it is ignored, which is not the same as invalid.

**Rows of the observer** (dashed) are not in the RFC. A capture may begin late or miss a
segment: they let a path begin where the capture does, and catch up where an end shows by its own
segment that it is further than anything captured had brought it.

**Evidence** says why a transition in a record is believed:

| evidence | what it means |
|---|---|
| `sent` | the end's own segment shows it |
| `acked` | a segment of the peer caused it, and an acknowledgement proves that it arrived |
| `presumed` | a segment of the peer caused it; it was on its way, and nothing contradicts that |
| `timer` | time alone: TIME_WAIT lasted its 2MSL. `assumption` names the 2MSL that was taken |

**Why is a RST in CLOSE_WAIT accepted, or not?** The row `CLOSE_WAIT`, `rcv_rst` says that an
accepted one ends the connection. Whether it is accepted is decided before the table, by its
sequence number (RFC 5961 §3.2): exactly the next one that the end expects, and it is accepted;
elsewhere in the window, and it only draws a challenge ACK; outside, and it is ignored. Where
octets are unacknowledged, the capture does not show which the end expects next, so the first of
them counts as exact too. And in CLOSE_WAIT the peer has sent a FIN: a RST that bears that FIN's
own number, one before the next, walks the row `CLOSE_WAIT`, `rcv_rst_at_fin`. Linux accepts it in
CLOSE_WAIT, LAST_ACK and CLOSING (`tcp_reset_check`, net/ipv4/tcp_input.c), for senders that reset
right after their FIN; TIME_WAIT has no such row.

Numbers predict, life proves: an end that sends an ordinary segment more than a round trip after a
RST did not take it, and then the row is not walked. An exact RST ends TIME_WAIT (RFC 9293
§3.10.7.4), though RFC 1337 advises to ignore it and a kernel may be told to: never certain.
"""

GROUPS = {
    "Opening": {
        *("snd_syn", "snd_syn_ack", "snd_synchronized"),
        *("rcv_syn", "rcv_syn_ack", "rcv_ack_of_syn"),
    },
    "Closing": {"snd_fin", "rcv_fin", "rcv_ack_of_fin"},
    "Reset": {"rcv_rst", "rcv_rst_at_fin", "snd_rst"},
    "Timers, and a new connection on the same four-tuple": {"timer_2msl", "replaced"},
}
"""The stimuli of each part of the page."""

SETTINGS = {
    "close_wait_after": "CLOSE_WAIT silent for this long is a warning (`--close-wait-after`)",
    "close_wait_notice": "CLOSE_WAIT silent for this long is worth a note",
    "unanswered_after": "a FIN or SYN unanswered while the capture runs on for so long is found",
    "max_connections": "so many may be open at once; for one more, the quietest is closed early "
    "(`--max-connections`)",
}


def markdown() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for title, stimuli in GROUPS.items():
        rows = [_row(row) for row in TABLE if row.stimulus in stimuli]
        parts.append(_section(title, ("state", "stimulus", "after", "source"), rows))
    parts += [
        _section(
            "How long TIME_WAIT lasts",
            ("profile", "2MSL", "source", "remark"),
            [(f"`{p.name}`", written(p.two_msl), p.source, p.remark) for p in PROFILES.values()],
            "`--profile` chooses one, `--time-wait` states another length. Any acceptable segment "
            "starts it anew (RFC 9293 §3.10.7.4).",
        ),
        _section("Other timers of kernels", _TIMER_HEAD, map(_timer, KERNELS.values())),
        _section(
            "How often kernels answer",
            ("name", "at most", "source"),
            [
                (f"`{limit.name}`", f"{limit.most:,} in {written(limit.within)}", limit.source)
                for limit in LIMITS.values()
            ],
            "An answer that is missing may have been held back: one is no sign of loss.",
        ),
        _section(
            "When boxes between the ends forget a silent connection",
            _TIMER_HEAD,
            map(_timer, MIDDLEBOXES.values()),
        ),
        _section(
            "When a finding begins",
            ("setting", "default", "what it decides"),
            [
                (f"`{name}`", written(default), SETTINGS[name])
                for name, default in as_dict(DEFAULTS).items()
                if isinstance(default, int) and not isinstance(default, bool)
            ],
        ),
        _section(
            "Thresholds of the engine",
            ("constant", "number", "what it decides", "source"),
            [
                (
                    f"`{t.name}` in [{t.module}](../pcapflow/{t.module})",
                    written(constants(t.module)[t.name], t.unit),
                    t.meaning,
                    t.source,
                )
                for t in THRESHOLDS
            ],
        ),
    ]
    return "\n".join(parts)


_TIMER_HEAD = ("name", "length", "source")


def _row(row: Row) -> tuple[str, ...]:
    source = f"*{row.source}*" if observers(row) else row.source
    return f"`{row.state}`", f"`{row.stimulus}`", f"`{row.after}`", source


def _timer(timer: Timer) -> tuple[str, ...]:
    times = f"{timer.times:,} × " if timer.times > 1 else ""
    return f"`{timer.name}`", f"{times}{written(timer.length)}", timer.source


def _section(
    title: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]], words: str = ""
) -> str:
    lines = [f"## {title}", "", *((words, "") if words else ())]
    lines += [_line(head), "|" + "---|" * len(head), *map(_line, rows), ""]
    return "\n".join(lines)


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
