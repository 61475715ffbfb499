"""Transcripts of a wire, and what both ends went through: one test a paragraph of the rules.

Expected paths are ``STATE@frame evidence``: the frame is the causing segment's, at the capture
point; of several FINs the last before the ACK that covers it.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from pcapflow.model import ENDS, Connection, State
from pcapflow.tcp.timers import DEFAULTS, PROFILES, SECOND, Settings
from tests.engine.observed import connections, path
from tests.wire import Packet, Wire, transcript

OPENED = """
    0.000  C > S  SYN
    0.005  S > C  SYN ACK
    0.010  C > S  ACK
"""
SERVED = f"""{OPENED}
    0.011  C > S  PSH ACK  len=100
    0.016  S > C  ACK
    0.017  S > C  PSH ACK  len=200
    0.022  C > S  ACK
"""
"""Seven frames; the client has sent 100 octets (next: 101), the server 200 (next: 201)."""
CLIENT_CLOSED = f"""{SERVED}
    0.100  C > S  FIN ACK   # 8
    0.105  S > C  ACK
"""
ORDERLY = f"""{CLIENT_CLOSED}
    0.200  S > C  FIN ACK   # 10
    0.205  C > S  ACK
"""
C_OPEN = "SYN_SENT@1 sent, ESTABLISHED@2 acked"
S_OPEN = "SYN_RECEIVED@1 acked, ESTABLISHED@3 acked"
C_ORDERLY = f"{C_OPEN}, FIN_WAIT_1@8 sent, FIN_WAIT_2@9 acked, TIME_WAIT@10 acked"
S_ORDERLY = f"{S_OPEN}, CLOSE_WAIT@8 acked, LAST_ACK@10 sent, CLOSED@11 presumed"


def told(text: str | Wire, *others: Wire) -> Connection:
    """The first connection of a capture that holds this transcript (and other connections)."""
    wire = transcript(text) if isinstance(text, str) else text
    found = connections(wire, *others)
    if not others:
        assert len(found) == 1
    for connection in found:
        follows_itself(connection)
    return found[0]


def until(second: float) -> Wire:
    """Another connection, whose one packet comes so late: the capture's clock."""
    other = Wire("10.0.0.77:40000", "10.0.0.9:8080")
    other.at_since_start(second)
    other.c("SYN")
    return other


def follows_itself(connection: Connection) -> None:
    """Each end's transitions are one chain, and end where the record says that it stands."""
    for end, state in zip(ENDS, connection.states, strict=True):
        own = [t for t in connection.transitions if t.end == end]
        for earlier, later in pairwise(own):
            assert later.before == earlier.after, path(connection, end)
        if own:
            assert own[-1].after == state, path(connection, end)


def paths(connection: Connection) -> tuple[str, str]:
    return path(connection, "client"), path(connection, "server")


def codes(connection: Connection) -> list[str]:
    return [f"{event.end[0].upper()}:{event.code}" for event in connection.events]


def last_codes(connection: Connection, count: int) -> str:
    return " ".join(codes(connection)[-count:])


def confidence(connection: Connection) -> tuple[str, str]:
    client, server = connection.state_evidence
    return client.confidence, server.confidence


# ── orderly ─────────────────────────────────────────────────────────────────────────────────────


def test_four_segments() -> None:
    it = told(ORDERLY)
    assert paths(it) == (C_ORDERLY, S_ORDERLY)
    assert it.states == ("TIME_WAIT", "CLOSED")
    assert (it.ending, it.ended_by, it.first_closer) == ("orderly", "client", "client")
    assert (it.final_ack, it.conn_state, it.history) == ("seen", "SF", "ShADadFf")
    assert last_codes(it, 4) == "C:FIN S:ACK_OF_FIN S:FIN C:ACK_OF_FIN"
    assert it.bytes == (100, 200)
    assert it.rtt == 10_000_000


def test_three_segments_two_facts_in_one_frame() -> None:
    it = told(f"""{SERVED}
        0.100  C > S  FIN ACK
        0.105  S > C  FIN ACK
        0.110  C > S  ACK
    """)
    assert paths(it) == (
        f"{C_OPEN}, FIN_WAIT_1@8 sent, FIN_WAIT_2@9 acked, TIME_WAIT@9 acked",
        f"{S_OPEN}, CLOSE_WAIT@8 acked, LAST_ACK@9 sent, CLOSED@10 presumed",
    )
    assert (it.ending, it.first_closer, it.final_ack) == ("orderly", "client", "seen")


def test_server_first() -> None:
    it = told(f"""{SERVED}
        0.100  S > C  FIN ACK
        0.105  C > S  ACK
        0.200  C > S  FIN ACK
        0.205  S > C  ACK
    """)
    assert paths(it) == (
        f"{C_OPEN}, CLOSE_WAIT@8 acked, LAST_ACK@10 sent, CLOSED@11 presumed",
        f"{S_OPEN}, FIN_WAIT_1@8 sent, FIN_WAIT_2@9 acked, TIME_WAIT@10 acked",
    )
    assert it.states == ("CLOSED", "TIME_WAIT")
    assert (it.ended_by, it.first_closer, it.conn_state) == ("server", "server", "SF")


def test_a_fin_occupies_the_number_after_its_payload() -> None:
    it = told(f"""{SERVED}
        0.100  C > S  FIN PSH ACK  len=50
        0.105  S > C  ACK  ack=151        # the payload, not the FIN
        0.106  S > C  ACK  ack=152
    """)
    assert it.states == ("FIN_WAIT_2", "CLOSE_WAIT")
    assert it.fin[0] is not None
    assert it.fin[0].acked == 10
    assert it.bytes == (150, 200)


def test_the_ack_of_a_fin_may_ride_on_data() -> None:
    it = told(f"""{SERVED}
        0.100  C > S  FIN ACK
        0.105  S > C  PSH ACK  len=10
    """)
    assert it.states == ("FIN_WAIT_2", "CLOSE_WAIT")
    assert last_codes(it, 2) == "S:ACK_OF_FIN S:DATA"


def test_sequence_numbers_wrap() -> None:
    for client_isn in (2**32 - 1, 2**32 - 50, 2**32 - 101, 2**32 - 102, 2**31 - 50):
        wire = transcript(ORDERLY, client_isn=client_isn, server_isn=(client_isn - 100) % 2**32)
        it = told(wire)
        assert paths(it) == (C_ORDERLY, S_ORDERLY)
        assert (it.ending, it.bytes) == ("orderly", (100, 200))


# ── FINs that no receiver takes, hints ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("flags", ["FIN", "SYN FIN ACK", "FIN PSH URG"])
def test_a_fin_without_ack_or_with_syn_is_no_event(flags: str) -> None:
    it = told(f"""{SERVED}
        0.100  C > S  {flags}  seq=101
        0.200  C > S  PSH ACK  len=10  seq=101
        0.205  S > C  ACK  ack=111
    """)
    assert it.states == ("ESTABLISHED", "ESTABLISHED")
    assert it.fin == (None, None)
    assert it.ending == "open"


def test_an_ack_of_a_fin_never_captured_is_a_hint_and_no_state() -> None:
    it = told(f"""{CLIENT_CLOSED}
        0.200  S > C  FIN ACK  uncaptured
        0.205  C > S  ACK
    """)
    assert "S:FIN_HINT" in codes(it)
    assert it.fin[1] is None
    assert it.states == ("FIN_WAIT_2", "CLOSE_WAIT")
    assert "certain" not in confidence(it), "the FIN may have been sent unseen"


# ── out of order ────────────────────────────────────────────────────────────────────────────────


def test_fin_before_data_lost_before_the_capture_point() -> None:
    it = told(f"""{SERVED}
        0.100  C > S  PSH ACK  len=50  lost uncaptured
        0.101  C > S  FIN ACK
        0.106  S > C  ACK
        0.300  C > S  again=8
        0.305  S > C  ACK
    """)
    assert "C:FIN_EARLY" in codes(it)
    assert path(it, "server") == f"{S_OPEN}, CLOSE_WAIT@10 acked"
    assert path(it, "client") == f"{C_OPEN}, FIN_WAIT_1@8 sent, FIN_WAIT_2@11 presumed"


def test_fin_before_data_lost_behind_the_capture_point() -> None:
    """The ACK after the FIN asks for older octets: the FIN cannot have been read yet."""
    it = told(f"""{SERVED}
        0.100  C > S  PSH ACK  len=50  lost
        0.101  C > S  FIN ACK
        0.106  S > C  ACK
        0.300  C > S  again=8
        0.305  S > C  ACK
    """)
    assert path(it, "server") == f"{S_OPEN}, CLOSE_WAIT@11 acked"


@pytest.mark.parametrize("where", ["lost", "lost uncaptured"])
def test_fin_before_data_that_never_comes(where: str) -> None:
    it = told(f"""{SERVED}
        0.100  C > S  PSH ACK  len=50  {where}
        0.101  C > S  FIN ACK
        0.106  S > C  ACK  ack=101
    """)
    assert it.states == ("FIN_WAIT_1", "ESTABLISHED")
    assert it.ending == "closing"


def test_fin_unread_while_its_receiver_goes_on() -> None:
    """Half a second later the server still acknowledges nothing of it: not in CLOSE_WAIT."""
    it = told(f"""{SERVED}
        0.100  C > S  FIN ACK  lost
        0.500  S > C  PSH ACK  len=10
        0.505  C > S  ACK
    """)
    assert it.states == ("FIN_WAIT_1", "ESTABLISHED")


# ── the FIN again ───────────────────────────────────────────────────────────────────────────────


def test_fin_lost_behind_the_capture_point() -> None:
    it = told(f"""{SERVED}
        0.100  C > S  FIN ACK  lost
        0.310  C > S  again=8
        0.315  S > C  ACK
        0.400  S > C  FIN ACK
        0.405  C > S  ACK
    """)
    assert path(it, "client").endswith("FIN_WAIT_1@8 sent, FIN_WAIT_2@10 acked, TIME_WAIT@11 acked")
    assert path(it, "server").endswith("CLOSE_WAIT@9 acked, LAST_ACK@11 sent, CLOSED@12 presumed")
    assert it.fin[0] is not None
    assert (it.fin[0].sent, it.fin[0].retransmitted, it.fin[0].frames) == (2, 1, (8, 9))
    assert it.fin[0].acked == 10


def test_fin_lost_before_the_capture_point() -> None:
    it = told(f"""{SERVED}
        0.100  C > S  FIN ACK  lost uncaptured
        0.310  C > S  again=8
        0.315  S > C  ACK
    """)
    assert it.fin[0] is not None
    assert (it.fin[0].sent, it.fin[0].frames) == (1, (8,))
    assert it.states == ("FIN_WAIT_2", "CLOSE_WAIT")


@pytest.mark.parametrize("where", ["lost", "lost uncaptured"])
def test_passive_fin_lost(where: str) -> None:
    it = told(f"""{CLIENT_CLOSED}
        0.200  S > C  FIN ACK  {where}
        0.410  S > C  again=10
        0.415  C > S  ACK
    """)
    captured = 2 if where == "lost" else 1
    assert it.fin[1] is not None
    assert it.fin[1].sent == captured
    again = 9 + captured
    assert path(it, "client").endswith(f"FIN_WAIT_2@9 acked, TIME_WAIT@{again} acked")
    assert path(it, "server").endswith(f"LAST_ACK@10 sent, CLOSED@{again + 1} presumed")
    assert (it.ending, it.final_ack) == ("orderly", "seen")


def test_fins_never_acknowledged() -> None:
    it = told(f"""{SERVED}
        0.100  C > S  FIN ACK  lost
        0.310  C > S  again=8  lost
        0.710  C > S  again=8  lost
    """)
    assert it.states == ("FIN_WAIT_1", "ESTABLISHED")
    assert (it.ending, it.ended_by, it.first_closer) == ("unacknowledged", None, "client")
    assert confidence(it)[0] == "likely", "a kernel gives up in silence"


def test_fin_with_another_ack_number_may_only_carry_that() -> None:
    it = told(f"""{SERVED}
        0.100  C > S  FIN ACK
        0.101  S > C  PSH ACK  len=10  ack=101
        0.106  C > S  again=8
        0.110  S > C  ACK
    """)
    assert "C:FIN_AGAIN_NEW_ACK" in codes(it)
    assert "C:FIN_AGAIN" not in codes(it)


def test_tail_loss_probe_answered_by_a_d_sack() -> None:
    wire = transcript(f"{SERVED}\n 0.100 C > S FIN ACK")
    fin = wire.packets[-1]
    wire.at(+0.020)
    wire.c(again=fin)  # the ACK is on its way here
    wire.at(+0.002)
    wire.s("ACK")
    wire.at(+0.020)
    wire.s("ACK", sack=[(101, 102)])
    it = told(wire)
    assert it.states == ("FIN_WAIT_2", "CLOSE_WAIT")
    assert last_codes(it, 4) == "C:FIN C:FIN_AGAIN S:ACK_OF_FIN_EARLIER S:ACK_OF_FIN_DSACK"


def test_an_old_copy_of_a_fin_takes_nothing_back() -> None:
    """What the client acknowledged it received, and with it the ACK of its own FIN."""
    wire = transcript(ORDERLY)
    wire.duplicate(wire.packets[7], after=1.1)
    it = told(wire)
    assert it.states == ("TIME_WAIT", "CLOSED")
    assert path(it, "client") == C_ORDERLY


# ── the last ACK ────────────────────────────────────────────────────────────────────────────────


def test_final_ack_lost() -> None:
    it = told(f"""{CLIENT_CLOSED}
        0.200  S > C  FIN ACK
        0.205  C > S  ACK  lost
        0.410  S > C  again=10
        0.415  C > S  ACK
    """)
    assert it.final_ack == "lost"
    assert last_codes(it, 4) == "S:FIN C:ACK_OF_FIN S:FIN_AGAIN_LATE C:ACK_OF_FIN_AGAIN"
    assert path(it, "client") == C_ORDERLY
    assert path(it, "server").endswith("LAST_ACK@10 sent, CLOSED@13 presumed")
    assert it.ending == "orderly"


def test_final_ack_lost_every_time() -> None:
    it = told(f"""{CLIENT_CLOSED}
        0.200  S > C  FIN ACK
        0.205  C > S  ACK  lost
        0.410  S > C  again=10
        0.415  C > S  ACK  lost
        0.820  S > C  again=10
    """)
    assert it.states == ("TIME_WAIT", "LAST_ACK")
    assert it.final_ack == "lost"


def test_final_ack_and_fin_crossed() -> None:
    """Sooner than a round trip to the FIN's sender (5 ms from here) proves no loss."""
    it = told(f"""{CLIENT_CLOSED}
        0.200  S > C  FIN ACK
        0.405  C > S  ACK           # late
        0.407  S > C  again=10
        0.412  C > S  ACK
    """)
    assert it.final_ack == "seen"
    assert "S:FIN_AGAIN_CROSSED" in codes(it)
    assert path(it, "server").endswith("LAST_ACK@10 sent, CLOSED@11 presumed")


def test_final_ack_not_captured() -> None:
    it = told(f"""{CLIENT_CLOSED}
        0.200  S > C  FIN ACK
        0.205  C > S  ACK  uncaptured
    """)
    assert it.final_ack == "missing"
    assert (it.ending, it.ended_by) == ("closing", None)
    assert it.states == ("TIME_WAIT", "LAST_ACK")
    assert it.conn_state == "SF", "an end counts as closed once it has sent a FIN"


def test_final_ack_missing_and_the_fin_came_again() -> None:
    it = told(f"""{CLIENT_CLOSED}
        0.200  S > C  FIN ACK  lost
        0.410  S > C  again=10  lost
        0.815  S > C  again=10  lost
    """)
    assert (it.final_ack, it.ending) == ("missing", "unacknowledged")
    assert it.states == ("FIN_WAIT_2", "LAST_ACK")


def test_one_missing_answer_in_time_wait_is_no_loss() -> None:
    """TIME_WAIT acknowledges again at most every half second."""
    it = told(f"""{CLIENT_CLOSED}
        0.200  S > C  FIN ACK
        0.205  C > S  ACK  lost
        0.410  S > C  again=10
        0.415  C > S  ACK  lost
        0.620  S > C  again=10
    """)
    assert it.states[0] == "TIME_WAIT"
    assert it.fin[1] is not None
    assert it.fin[1].sent == 3


# ── who closed first ────────────────────────────────────────────────────────────────────────────


def test_simultaneous_close() -> None:
    it = told(f"""{SERVED}
        0.100  C > S  FIN ACK
        0.101  S > C  FIN ACK  ack=101
        0.106  C > S  ACK
        0.107  S > C  ACK  ack=102
    """)
    assert it.states == ("TIME_WAIT", "TIME_WAIT")
    assert path(it, "client") == (
        f"{C_OPEN}, FIN_WAIT_1@8 sent, CLOSING@9 acked, TIME_WAIT@11 presumed"
    )
    assert path(it, "server") == (
        f"{S_OPEN}, FIN_WAIT_1@9 sent, CLOSING@8 presumed, TIME_WAIT@10 presumed"
    )
    assert (it.ending, it.first_closer, it.ended_by) == ("orderly", "both", None)
    assert it.final_ack == "seen"
    for spans in it.dwell:
        assert sum(spans.values()) <= it.capture_end - it.first


def test_crossing_fins_of_which_one_is_lost() -> None:
    it = told(f"""{SERVED}
        0.100  C > S  FIN ACK  lost
        0.101  S > C  FIN ACK
        0.106  C > S  ACK
        0.310  C > S  again=8
        0.315  S > C  ACK
    """)
    assert path(it, "client") == (
        f"{C_OPEN}, FIN_WAIT_1@8 sent, CLOSING@9 acked, TIME_WAIT@12 presumed"
    )
    assert path(it, "server") == (
        f"{S_OPEN}, FIN_WAIT_1@9 sent, FIN_WAIT_2@10 presumed, TIME_WAIT@11 presumed"
    ), "had the first FIN arrived, and its ACK been lost, it would look the same"
    assert (it.first_closer, it.ending) == ("both", "orderly")


def test_crossing_fins_of_which_one_is_not_acknowledged() -> None:
    it = told(f"""{SERVED}
        0.100  C > S  FIN ACK
        0.101  S > C  FIN ACK  ack=101 lost
        0.106  S > C  ACK  ack=102
    """)
    assert it.first_closer != "both"
    assert it.states[1] == "CLOSING", "it has read the client's FIN; its own is not acknowledged"
    assert it.final_ack == "missing"


def test_a_fin_lost_long_before_the_other_end_closes() -> None:
    """Ten seconds apart, the second does not acknowledge the first: that was lost, not crossed."""
    it = told(f"""{SERVED}
        0.100   C > S  FIN ACK  lost
        10.000  S > C  FIN ACK
        10.005  C > S  ACK
    """)
    assert it.first_closer == "client"
    assert it.states == ("CLOSING", "FIN_WAIT_2")
    assert it.ending == "closing"


# ── half-close ──────────────────────────────────────────────────────────────────────────────────


def test_half_close_with_data() -> None:
    it = told(f"""{CLIENT_CLOSED}
        0.200  S > C  PSH ACK  len=100
        0.205  C > S  ACK
        5.000  S > C  PSH ACK  len=100
        5.005  C > S  ACK
    """)
    assert it.states == ("FIN_WAIT_2", "CLOSE_WAIT")
    assert (it.ending, it.first_closer, it.final_ack) == ("half-closed", "client", None)
    assert it.conn_state == "S2"
    assert it.bytes == (100, 400)


def test_a_half_close_is_never_expired() -> None:
    it = told(transcript(CLIENT_CLOSED), *(until(float(s)) for s in range(100, 86_400, 200)))
    assert it.states == ("FIN_WAIT_2", "CLOSE_WAIT")


def test_keep_alives_in_close_wait_are_no_data() -> None:
    it = told(f"""{CLIENT_CLOSED}
        10.000  S > C  ACK  seq=200
        10.005  C > S  ACK
        20.000  S > C  ACK  seq=200  len=1
        20.005  C > S  ACK
    """)
    assert it.states == ("FIN_WAIT_2", "CLOSE_WAIT")
    assert last_codes(it, 2) == "S:KEEP_ALIVE S:KEEP_ALIVE"
    assert it.bytes == (100, 200)
    assert it.last_data[1] == it.first + 17_000_000


# ── RST grammar ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("flags", ["RST", "RST ACK"])
def test_reply_of_a_closed_socket(flags: str) -> None:
    it = told(f"""{CLIENT_CLOSED}
        0.200  S > C  PSH ACK  len=100
        0.205  C > S  {flags}  seq=102
    """)
    assert last_codes(it, 1) == "C:RST_REPLY"
    assert path(it, "client").endswith("FIN_WAIT_2@9 presumed, CLOSED@11 sent")
    assert path(it, "server").endswith("CLOSE_WAIT@8 acked, CLOSED@11 presumed")
    assert (it.ending, it.ended_by, it.first_closer) == ("reset", "client", "client")
    assert it.rst == ((11,), ())
    assert it.conn_state == "RSTO"


def test_reply_after_the_server_closed() -> None:
    it = told(f"""{SERVED}
        0.100  S > C  FIN ACK
        0.105  C > S  ACK
        0.200  C > S  PSH ACK  len=10
        0.205  S > C  RST  seq=202
    """)
    assert last_codes(it, 1) == "S:RST_REPLY"
    assert (it.states, it.conn_state, it.ended_by) == (("CLOSED", "CLOSED"), "RSTR", "server")


def test_abort_with_nothing_lost() -> None:
    it = told(f"{SERVED}\n 0.300  C > S  RST ACK")
    assert last_codes(it, 1) == "C:RST_ABORT"
    assert paths(it) == (f"{C_OPEN}, CLOSED@8 sent", f"{S_OPEN}, CLOSED@8 presumed")
    assert (it.ending, it.ended_by, it.first_closer) == ("reset", "client", None)


@pytest.mark.parametrize(
    "before",
    [
        "0.011 C > S PSH ACK len=100\n 0.016 S > C ACK",  # a request unanswered
        "0.011 C > S PSH ACK len=100",  # ... and not even acknowledged
    ],
)
def test_abort_with_a_loss(before: str) -> None:
    it = told(f"{OPENED}\n {before}\n 0.300 S > C RST ACK")
    assert last_codes(it, 1) == "S:RST_ABORT_LOSS"
    assert (it.ended_by, it.conn_state) == ("server", "RSTR")


def test_refused() -> None:
    it = told("0.000 C > S SYN\n 0.005 S > C RST ACK")
    assert codes(it) == ["C:SYN", "S:RST_REFUSED"]
    assert it.states == ("CLOSED", "CLOSED")
    assert (it.opening, it.ending, it.ended_by) == ("refused", "refused", "server")
    assert (it.conn_state, it.history) == ("REJ", "Sr")
    assert it.state_evidence[1].evidence == "sent", "only UNKNOWN is without evidence"


def test_reset_in_the_window_is_challenged_and_life_goes_on() -> None:
    it = told(f"""{SERVED}
        0.300  C > S  RST ACK  seq=1000
        0.305  S > C  ACK
        0.400  C > S  PSH ACK  len=10
        0.405  S > C  ACK
    """)
    assert "C:RST_IN_WINDOW" in codes(it)
    assert it.states == ("ESTABLISHED", "ESTABLISHED"), "both ends spoke on"
    assert it.ending == "open"


def test_reset_outside_the_window_is_ignored() -> None:
    it = told(f"""{SERVED}
        0.300  C > S  RST  seq=4000000
        0.400  C > S  PSH ACK  len=10
        0.405  S > C  ACK
    """)
    assert "C:RST_OUTSIDE" in codes(it)
    assert it.states == ("ESTABLISHED", "ESTABLISHED"), "both ends spoke on"
    assert it.ending == "open"


def test_reset_outside_the_window_then_an_orderly_close() -> None:
    outside = "0.050  C > S  RST  seq=4000000"
    it = told(ORDERLY.replace("0.100  C > S  FIN ACK", f"{outside}\n 0.100  C > S  FIN ACK"))
    assert it.states == ("TIME_WAIT", "CLOSED")
    assert (it.ending, it.final_ack) == ("orderly", "seen")


def test_numbers_predict_life_proves() -> None:
    """An exact RST, and both ends exchange new octets more than a round trip later."""
    it = told(f"""{SERVED}
        0.300  C > S  RST  seq=101
        0.400  C > S  PSH ACK  len=10
        0.405  S > C  ACK
        0.500  S > C  PSH ACK  len=10
        0.505  C > S  ACK
    """)
    assert it.states == ("ESTABLISHED", "ESTABLISHED")
    assert it.ending == "open"


@pytest.mark.parametrize("seq", [101, 102])
def test_linux_takes_one_before_the_next_in_close_wait(seq: int) -> None:
    it = told(f"{CLIENT_CLOSED}\n 0.200  C > S  RST ACK  seq={seq}")
    assert it.states == ("CLOSED", "CLOSED")
    assert it.ending == "reset"


def test_reset_after_both_fins_leaves_the_ending() -> None:
    it = told(f"{ORDERLY}\n 0.300  S > C  RST  seq=202")
    assert (it.ending, it.ended_by, it.final_ack) == ("orderly", "client", "seen")
    assert it.states == ("CLOSED", "CLOSED"), "TIME_WAIT assassination, RFC 1337"
    assert confidence(it)[0] != "certain", "a kernel may ignore it there (tcp_rfc1337)"
    assert it.conn_state == "SF"


def test_reset_by_the_end_in_time_wait_closes_it() -> None:
    it = told(f"{ORDERLY}\n 0.300  C > S  RST  seq=102")
    assert (it.ending, it.final_ack) == ("orderly", "seen")
    assert it.states == ("CLOSED", "CLOSED")


def test_reset_in_place_of_the_last_ack() -> None:
    it = told(f"""{CLIENT_CLOSED}
        0.200  S > C  FIN ACK
        0.205  C > S  RST  seq=102
    """)
    assert (it.ending, it.final_ack, it.conn_state) == ("reset", "missing", "SF")
    assert it.states == ("CLOSED", "CLOSED")
    assert it.ended_by == "client"


def test_duplicated_packets_may_draw_several_resets_and_the_close_stays_orderly() -> None:
    it = told(f"""{ORDERLY}
        0.210  C > S  RST  seq=102
        0.211  C > S  RST  seq=102
        0.212  C > S  RST  seq=102
    """)
    assert (it.ending, it.conn_state) == ("orderly", "SF")
    assert it.rst_total == (3, 0)


# ── openings ────────────────────────────────────────────────────────────────────────────────────


def test_syn_never_answered() -> None:
    it = told("0.000 C > S SYN\n 1.000 C > S again=1")
    assert it.states == ("SYN_SENT", "UNKNOWN")
    assert (it.opening, it.ending, it.conn_state) == ("syn-only", "unanswered", "S0")
    assert (it.state_evidence[1].evidence, it.state_evidence[1].since) == (None, None)


def test_syn_ack_never_acknowledged() -> None:
    it = told("0.000 C > S SYN\n 0.005 S > C SYN ACK lost\n 1.005 S > C again=2 lost")
    assert it.states[1] == "SYN_RECEIVED"
    assert it.opening == "syn-ack"


def test_full_accept_queue_re_sends_the_syn_ack() -> None:
    it = told(f"""{OPENED}
        1.000  S > C  again=2
        1.010  C > S  ACK
        3.000  S > C  again=2
    """)
    assert it.states == ("ESTABLISHED", "SYN_RECEIVED")


def test_fast_open() -> None:
    it = told("0.000 C > S SYN len=20\n 0.005 S > C SYN ACK\n 0.010 C > S ACK")
    assert (it.opening, it.bytes) == ("fast-open", (20, 0))
    assert it.states == ("ESTABLISHED", "ESTABLISHED")


def test_fast_open_may_close_from_syn_received() -> None:
    it = told("""
        0.000  C > S  SYN  len=20
        0.005  S > C  SYN ACK
        0.006  S > C  FIN PSH ACK  len=30
    """)
    assert path(it, "server") == "SYN_RECEIVED@1 acked, FIN_WAIT_1@3 sent"


def test_simultaneous_open() -> None:
    """RFC 9293 figure 8: both ends go through SYN_RECEIVED."""
    wire = Wire()
    with wire.crossing():
        client, server = wire.c("SYN"), wire.s("SYN")
    with wire.crossing():
        wire.c("SYN ACK", raw_seq=client.seq)
        wire.s("SYN ACK", raw_seq=server.seq)
    wire.c("PSH ACK", data=4)
    wire.s("ACK")
    it = told(wire)
    assert it.opening == "simultaneous"
    assert [t.after for t in it.transitions if t.end == "client"] == _OPENED_AT_ONCE
    assert [t.after for t in it.transitions if t.end == "server"] == _OPENED_AT_ONCE
    assert codes(it)[:4] == ["C:SYN", "S:CROSSED_SYN", "C:SYN_ACK", "S:SYN_ACK"]


_OPENED_AT_ONCE: list[State] = ["SYN_SENT", "SYN_RECEIVED", "ESTABLISHED"]


def test_syn_ack_of_a_listener_that_the_client_does_not_want() -> None:
    it = told("0.000 C > S SYN uncaptured\n 0.005 S > C SYN ACK\n 0.010 C > S RST seq=1")
    assert last_codes(it, 1) == "C:RST_REPLY"
    assert it.states[0] == "CLOSED"
    assert (it.roles, it.client.port) == ("handshake", 51234)


# ── mid-stream, one-sided ───────────────────────────────────────────────────────────────────────


def test_mid_stream() -> None:
    it = told("""
        0.100  C > S  FIN ACK
        0.105  S > C  ACK
        0.200  S > C  FIN ACK
        0.205  C > S  ACK
    """)
    assert (it.opening, it.roles, it.ending) == ("mid-stream", "guessed", "orderly")
    assert it.states == ("TIME_WAIT", "CLOSED")
    assert "certain" not in confidence(it)
    assert it.conn_state == "SF"


def test_mid_stream_half_close_needs_a_later_word_of_the_open_end() -> None:
    """Its FIN may lie before the capture."""
    it = told("0.100  C > S  FIN ACK\n 0.105  S > C  ACK")
    assert it.states == ("UNKNOWN", "UNKNOWN")
    assert (it.first_closer, it.ending) == (None, "half-closed")
    assert "certain" not in confidence(it)


def test_mid_stream_half_close_with_a_later_word() -> None:
    it = told("0.100  C > S  FIN ACK\n 0.105  S > C  ACK\n 0.200  S > C  PSH ACK len=5")
    assert it.states == ("FIN_WAIT_2", "CLOSE_WAIT")
    assert it.first_closer == "client"


def only(wire: Wire, end: str) -> Wire:
    wire.packets = [packet for packet in wire.packets if packet.end == end]
    return wire


def test_one_sided_client() -> None:
    it = told(only(transcript(ORDERLY), "C"))
    assert it.packets == (6, 0)
    assert it.states[0] in ("FIN_WAIT_1", "FIN_WAIT_2", "CLOSING", "TIME_WAIT")
    assert it.states[1] != "LISTEN", "its SYN-ACK and octets were acknowledged"
    assert "certain" not in confidence(it)
    assert it.conn_state == "SH"


def test_one_sided_server() -> None:
    it = told(only(transcript(ORDERLY), "S"))
    assert it.packets == (0, 5)
    assert it.roles == "handshake"
    assert it.client.port == 51234
    assert "certain" not in confidence(it)
    assert it.conn_state == "SHR"
    assert it.states[1] in ("FIN_WAIT_1", "LAST_ACK")


# ── probes ──────────────────────────────────────────────────────────────────────────────────────


def test_two_unanswered_keep_alives_prove_nothing_and_three_do() -> None:
    two = f"{SERVED}\n 10 C > S ACK seq=100\n 11 C > S ACK seq=100"
    assert told(two).ending == "open"
    assert told(f"{two}\n 12 C > S ACK seq=100").ending == "vanished"


def test_stalled_behind_a_closed_window() -> None:
    it = told(f"""{SERVED}
        0.100  S > C  ACK  win=0
        0.300  C > S  ACK  seq=100
        0.305  S > C  ACK  win=0
    """)
    assert it.ending == "stalled"
    assert told(f"{SERVED}\n 0.1 S > C ACK win=0\n 0.2 S > C ACK win=9").ending == "open"


# ── time ────────────────────────────────────────────────────────────────────────────────────────


def test_time_wait_ends_by_the_clock_of_the_packets() -> None:
    before, after = told(transcript(ORDERLY), until(60.0)), told(transcript(ORDERLY), until(60.3))
    assert before.states == ("TIME_WAIT", "CLOSED")
    assert after.states == ("CLOSED", "CLOSED")
    assert path(after, "client") == f"{C_ORDERLY}, CLOSED timer"
    timer = after.transitions[-1]
    assert (timer.frame, timer.at - after.last) == (None, 60 * SECOND)
    assert timer.assumption == DEFAULTS.assumption
    assert all(t.assumption is None for t in after.transitions[:-1])
    assert after.dwell[0]["TIME_WAIT"] <= 60 * SECOND + 5_000_000


def test_every_profile_has_its_own_time_wait() -> None:
    wires = (transcript(ORDERLY), until(100.0))
    for name, state in (("linux", "CLOSED"), ("macos", "CLOSED"), ("windows", "TIME_WAIT")):
        found = connections(*wires, settings=Settings(profile=PROFILES[name]))
        assert found[0].states[0] == state
    found = connections(*wires, settings=Settings(time_wait=101 * SECOND))
    assert found[0].states[0] == "TIME_WAIT"


def test_a_repeated_fin_restarts_time_wait() -> None:
    wire = transcript(f"""{ORDERLY}
        30.000  S > C  again=10
        30.005  C > S  ACK
    """)
    assert told(wire, until(80.0)).states[0] == "TIME_WAIT"
    assert told(wire, until(91.0)).states[0] == "CLOSED"


def test_silence_of_the_whole_capture_stops_the_timers() -> None:
    """Five minutes without any packet: it was stitched, nobody knows how long that was."""
    assert told(transcript(ORDERLY), until(3600.0)).states[0] == "TIME_WAIT"


def test_fin_wait_2_never_ends_by_time() -> None:
    others = [until(float(second)) for second in range(60, 1200, 60)]
    assert told(transcript(CLIENT_CLOSED), *others).states == ("FIN_WAIT_2", "CLOSE_WAIT")


# ── port reuse ──────────────────────────────────────────────────────────────────────────────────


def again(second: float, *, answered: bool = True) -> Wire:
    """Another connection on the same four-tuple."""
    wire = Wire(client_isn=900_000, server_isn=800_000)
    wire.at_since_start(second)
    if answered:
        wire.handshake()
    else:
        wire.c("SYN")
    return wire


def test_port_reuse_in_time_wait() -> None:
    old, new = connections(transcript(ORDERLY), again(1.0))
    assert (old.ending, new.opening) == ("orderly", "handshake")
    assert path(old, "client") == f"{C_ORDERLY}, CLOSED@12 sent"
    assert path(new, "client") == "SYN_SENT@12 sent, ESTABLISHED@13 acked"
    assert (old.id, new.id) == (1, 2)


def test_port_reuse_after_time_wait_was_over() -> None:
    old, _ = connections(transcript(ORDERLY), again(100.0))
    assert path(old, "client") == f"{C_ORDERLY}, CLOSED timer"
    assert old.dwell[0]["TIME_WAIT"] <= 60 * SECOND + 5_000_000, "TIME_WAIT at most 2MSL"


def test_port_reuse_of_a_live_connection() -> None:
    old, new = connections(transcript(SERVED), again(1.0))
    assert (old.ending, old.ended_by) == ("replaced", "client")
    assert old.states == ("CLOSED", "CLOSED")
    assert new.states[0] == "ESTABLISHED"


def test_a_new_syn_and_then_nothing_is_a_new_connection() -> None:
    old, new = connections(transcript(ORDERLY), again(1.0, answered=False))
    assert (old.ending, new.ending) == ("orderly", "unanswered")


def test_a_syn_answered_with_the_old_numbers_was_challenged() -> None:
    it = told(f"""{SERVED}
        1.000  C > S  SYN  seq=900000
        1.005  S > C  ACK  ack=101
        2.000  C > S  PSH ACK  len=10  seq=101
        2.005  S > C  ACK  ack=111
    """)
    assert "S:CHALLENGE_ACK" in codes(it)
    assert it.states == ("ESTABLISHED", "ESTABLISHED")
    assert it.bytes == (110, 200)


def test_a_reset_after_the_challenge_is_its_reply() -> None:
    it = told(f"""{SERVED}
        1.000  C > S  SYN  seq=900000
        1.005  S > C  ACK  ack=101
        1.010  C > S  RST  seq=101
    """)
    assert last_codes(it, 2) == "S:CHALLENGE_ACK C:RST_OF_CHALLENGE"
    assert (it.ending, it.states) == ("reset", ("CLOSED", "CLOSED"))


def test_the_same_syn_again_is_a_retransmission() -> None:
    it = told("0.0 C > S SYN\n 1.0 C > S again=1\n 1.005 S > C SYN ACK\n 1.010 C > S ACK")
    assert codes(it)[:2] == ["C:SYN", "C:SYN_AGAIN"]
    assert it.opening == "handshake"


def test_two_connections_on_one_four_tuple_within_a_second() -> None:
    old, new = connections(transcript(ORDERLY), again(0.3))
    assert (old.ending, new.ending) == ("orderly", "open")


# ── duplicates ──────────────────────────────────────────────────────────────────────────────────


def fin_of(wire: Wire) -> Packet:
    return wire.packets[7]


@pytest.mark.parametrize(("after", "version", "duplicate"), [
    (0.000_001, 4, True),
    (0.9, 4, True),
    (1.1, 4, False),
    (0.004, 6, True),
    (0.006, 6, False),
])  # fmt: skip
def test_capture_duplicates_are_no_retransmissions(
    after: float, version: int, duplicate: bool
) -> None:
    ends = ("10.0.0.5:51234", "10.0.0.9:8080")
    if version == 6:
        ends = ("[2001:db8::5]:51234", "[2001:db8::9]:8080")
    wire = transcript(ORDERLY, *ends)
    wire.duplicate(fin_of(wire), after=after)
    it = told(wire)
    assert it.fin[0] is not None
    assert (it.duplicates, it.fin[0].sent) == ((1, 1) if duplicate else (0, 2))
    assert it.ending == "orderly"
    assert it.packets[0] == (6 if duplicate else 7)


def test_every_packet_twice_changes_nothing() -> None:
    once = told(transcript(ORDERLY))
    wire = transcript(ORDERLY)
    for packet in list(wire.packets):
        wire.duplicate(packet, after=0.000_050)
    twice = told(wire)
    assert twice.duplicates == len(wire.packets) // 2
    assert (twice.states, twice.ending, twice.shape) == (once.states, once.ending, once.shape)
    assert (twice.packets, twice.bytes) == (once.packets, once.bytes)
    assert twice.conn_state == once.conn_state
    assert (once.history, twice.history) == ("ShADadFf", "ShADTadtFf"), "to Zeek they are packets"


# ── what kernels taught ─────────────────────────────────────────────────────────────────────────


def test_an_ack_too_soon_for_the_last_fin_answers_an_earlier_one() -> None:
    """A tail loss probe of the FIN, while the delayed ACK of the first is on its way."""
    it = told(f"""{SERVED}
        0.100  C > S  FIN ACK
        0.140  C > S  again=8
        0.142  S > C  ACK
    """)
    assert last_codes(it, 3) == "C:FIN C:FIN_AGAIN S:ACK_OF_FIN_EARLIER"
    assert "CLOSE_WAIT@8 acked" in path(it, "server"), "the first one had arrived"


def test_a_reset_below_the_next_number_ends_close_wait_and_not_time_wait() -> None:
    """It bears its sender's FIN's own number; Linux tcp_reset_check()."""
    waiting = told(f"{CLIENT_CLOSED}\n 0.300  C > S  RST ACK  seq=101")
    assert last_codes(waiting, 1) == "C:RST_AT_FIN"
    assert waiting.states[1] == "CLOSED"
    over = told(f"{ORDERLY}\n 0.400  S > C  RST  seq=201")
    assert last_codes(over, 1) == "S:RST_AT_FIN"
    assert over.states[0] == "TIME_WAIT"


def test_a_reset_into_silence_is_not_presumed_to_arrive() -> None:
    it = told(f"""{SERVED}
        10  C > S  ACK  seq=100
        20  C > S  ACK  seq=100
        30  C > S  ACK  seq=100
        40  C > S  RST ACK
    """)
    assert it.states == ("CLOSED", "ESTABLISHED")
    assert (it.ending, it.ended_by) == ("reset", "client")


def test_a_syn_ack_that_draws_a_reset_was_not_taken() -> None:
    it = told("""
        0.000  C > S  SYN
        0.010  S > C  SYN ACK
        0.020  C > S  RST  seq=1
    """)
    assert "ESTABLISHED" not in path(it, "client")
    assert it.states[0] == "CLOSED"


def test_a_fin_that_draws_a_reset_was_not_read() -> None:
    """An orphan that had given up its FIN_WAIT_2."""
    it = told(f"""{CLIENT_CLOSED}
        70.000  S > C  FIN ACK
        70.005  C > S  RST  seq=102
    """)
    assert "TIME_WAIT" not in path(it, "client")
    assert it.states == ("CLOSED", "CLOSED")


def test_one_direction_tells_of_the_other_ends_fin_by_its_numbers() -> None:
    it = told(only(transcript(ORDERLY), "S"))
    assert it.states == ("TIME_WAIT", "LAST_ACK")
    assert path(it, "server").endswith("CLOSE_WAIT@4 presumed, LAST_ACK@5 presumed")
    assert "certain" not in confidence(it)
