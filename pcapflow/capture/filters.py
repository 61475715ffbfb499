"""Capture filters in libpcap's language: which packets the kernel keeps, and their programs."""

from __future__ import annotations

import shutil
import subprocess

from pcapflow.errors import UsageError

_ERRORS = "icmp[0] = 3 or icmp[0] = 11 or icmp[0] = 12 or (icmp6 and ip6[40] < 128)"
"""Unreachable, time exceeded, parameter problem (RFC 792); all errors of ICMPv6 (RFC 4443 §2.1)."""

TCP = f"tcp or {_ERRORS}"
"""TCP, and the ICMP errors that quote it.

Linux takes VLAN tags off before filters look.  What is within a tunnel is not ``tcp`` to libpcap.
"""

TEARDOWNS = (
    "(tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0 "
    f"or (ip6[6] = 6 and ip6[53] & 7 != 0) or {_ERRORS})"
)
"""SYN, FIN and RST, also over IPv6, where no extension header stands between (octet 53 holds the
flags of a TCP header right behind IPv6's 40 octets; libpcap's ``tcp[]`` is IPv4's alone)."""

ETHERNET, RAW = 1, 12  # DLT_ numbers, as libpcap compiles for: DLT_RAW is 12 on Linux
_LINKS = {ETHERNET: "EN10MB", RAW: "RAW"}


class NoCompiler(Exception):
    """Neither libpcap nor tcpdump is there to compile a filter."""


def combined(given: str | None, *, teardowns: bool) -> str:
    """The filter of a watch: the user's, or TCP's; of it only what opens and closes, if asked."""
    if not teardowns:
        return TCP if given is None else given
    return f"({given}) and {TEARDOWNS}" if given else TEARDOWNS


def program(text: str, link: int) -> list[tuple[int, int, int, int]]:
    """A filter's instructions (code, jt, jf, k), for packets that begin with this link's header.

    Raises UsageError, with the compiler's own words, for what is no filter; NoCompiler.
    """
    tcpdump = shutil.which("tcpdump")
    if tcpdump is not None:
        return _by_tcpdump(tcpdump, text, link)
    return _by_libpcap(text, link)


def refusal(text: str, words: str) -> UsageError:
    """That something is no filter, in the words of who refused it."""
    return UsageError(f"{text!r} is no capture filter: {words}. Try: man pcap-filter")


def _by_tcpdump(tcpdump: str, text: str, link: int) -> list[tuple[int, int, int, int]]:
    done = subprocess.run(
        [tcpdump, "-ddd", "-y", _LINKS[link], "--", text],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        told = [line.removeprefix("tcpdump: ") for line in done.stderr.splitlines()]
        raise refusal(text, told[-1].rstrip(".") if told else f"tcpdump said {done.returncode}")
    lines = [tuple(map(int, line.split())) for line in done.stdout.splitlines()[1:]]
    return [(code, jt, jf, k) for code, jt, jf, k in lines]


def _by_libpcap(text: str, link: int) -> list[tuple[int, int, int, int]]:
    from scapy.arch.common import compile_filter
    from scapy.error import Scapy_Exception

    try:
        made = compile_filter(text, linktype=link)
    except (ImportError, OSError) as error:
        raise NoCompiler from error
    except Scapy_Exception as error:
        words = str(error)
        raise refusal(text, words[words.rfind("(") + 1 : -1]) from error
    found = (made.bf_insns[i] for i in range(made.bf_len))
    return [(each.code, each.jt, each.jf, each.k) for each in found]
