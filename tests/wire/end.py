"""One end of a hand-made connection: what it has sent, received and will number next."""

from dataclasses import dataclass, field

from tests.wire.tcp import FLAGS


def before(left: int, right: int) -> bool:
    """Whether `left` comes before `right` in 32-bit serial arithmetic (RFC 9293 §3.4)."""
    return 0 < (right - left) % 2**32 < 2**31


@dataclass(slots=True)
class End:
    """The sequence variables of one end, named as in RFC 9293 §3.3.1.

    latency_ns   from the capture point to this end, one way
    rcv_nxt      None until something of the peer was delivered
    early        delivered beyond a hole: (first, next) sequence numbers
    ts_base      its timestamp clock at the start; it ticks in milliseconds
    ts_recent    the last TSval that was delivered to it
    """

    address: str
    port: int
    isn: int
    ttl: int
    ipid: int
    ts_base: int
    latency_ns: int
    snd_nxt: int
    rcv_nxt: int | None = None
    early: list[tuple[int, int]] = field(default_factory=list)
    ts_recent: int = 0
    has_sent: bool = False

    def next_ipid(self) -> int:
        self.ipid = (self.ipid + 1) % 2**16
        return self.ipid

    def sent(self, seq: int, next_seq: int) -> None:
        """Note octets sent; a bare segment, or octets sent before, move nothing."""
        self.has_sent = True
        if seq != next_seq and before(self.snd_nxt, next_seq):
            self.snd_nxt = next_seq

    def received(self, seq: int, next_seq: int, flags: int) -> None:
        """Take a delivered segment in; beyond a hole it waits until the hole is filled."""
        if flags & FLAGS["RST"]:
            return
        if self.rcv_nxt is None:
            self.rcv_nxt = seq
        self.early.append((seq, next_seq))
        while fits := [part for part in self.early if self._continues(*part)]:
            self.rcv_nxt = fits[0][1]
        self.early = [part for part in self.early if before(self.rcv_nxt, part[0])]

    def _continues(self, first: int, following: int) -> bool:
        assert self.rcv_nxt is not None
        return not before(self.rcv_nxt, first) and before(self.rcv_nxt, following)
