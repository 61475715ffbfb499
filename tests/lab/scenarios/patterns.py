"""The words in which scenarios tell the wire which segments they mean."""

from __future__ import annotations

from ..segment import Role, Segment, forged, peer_of
from ..stage import Stage
from ..wire import Delivery, Forge, Matches


def sent_by(role: Role, *flags: str) -> Matches:
    """Segments of that end which have all these flags."""
    return lambda it: it.sender == role and all(it.has(flag) for flag in flags)


def fin_of(role: Role) -> Matches:
    return sent_by(role, "FIN")


def data_of(role: Role) -> Matches:
    """Segments of that end which carry octets, with or without a FIN."""
    return lambda it: it.sender == role and it.length > 0


def bare_fin_of(role: Role) -> Matches:
    return lambda it: it.sender == role and it.has("FIN") and it.length == 0


def pure_ack_of(role: Role) -> Matches:
    return lambda it: it.sender == role and it.pure_ack


def ack_of_fin(stage: Stage, role: Role) -> Matches:
    """Pure acknowledgements, sent by that end, of the other end's FIN."""
    return lambda it: it.sender == role and it.pure_ack and stage.wire.acknowledges_fin(it)


def forge(
    sender: Role,
    flags: str,
    *,
    ahead: int = 0,
    ack_ahead: int = 0,
    payload: bytes = b"",
    ttl: int = 64,
    ip_id: int = 0,
    after_ms: float = 0.0,
) -> Forge:
    """A forged segment in `sender`'s name, made when a rule's segment passes.

    It has the sequence number that the receiver expects next, `ahead` octets further on, and
    acknowledges what the receiver has sent, `ack_ahead` octets more.
    """

    def make(like: Segment) -> Delivery:
        receiver = peer_of(sender)
        frame = forged(
            like,
            sender,
            flags,
            seq=like.expected_from(sender) + ahead,
            ack=like.expected_from(receiver) + ack_ahead if "ACK" in flags else 0,
            payload=payload,
            ttl=ttl,
            ip_id=ip_id,
        )
        return Delivery(receiver, frame, after_ms)

    return make
