"""The letters of Zeek's history, from transcripts: when each comes, and when it comes again."""

from __future__ import annotations

import pytest

from pcapflow.model import Connection
from tests.engine.observed import connections
from tests.wire import Wire, transcript

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


def history(text: str | Wire) -> str:
    return told(text).history


def told(text: str | Wire) -> Connection:
    (connection,) = connections(transcript(text) if isinstance(text, str) else text)
    return connection


def test_letters_come_once_each_in_order() -> None:
    closed = "0.1 C > S FIN ACK\n 0.105 S > C ACK\n 0.11 S > C FIN ACK\n 0.115 C > S ACK"
    assert history(f"{SERVED}\n {closed}") == "ShADadFf"


def test_data_on_a_fin_is_no_d() -> None:
    assert history(f"{OPENED}\n 0.1 C > S FIN ACK len=100\n 0.105 S > C ACK") == "ShAFa"


def test_a_segment_that_only_repeats_is_d_too() -> None:
    """The first packet with payload in a capture may be a retransmission."""
    assert history("0.0 S > C ACK ack=101\n 0.1 C > S PSH ACK seq=1 len=100") == "^aD"


def test_the_direction_was_flipped_where_the_server_spoke_first() -> None:
    assert history("0.0 S > C PSH ACK len=10\n 0.1 C > S ACK") == "^dA"


def test_a_client_guessed_wrong_takes_its_letters_along() -> None:
    """The lower port spoke, and was taken for the server's; its SYN-ACK's peer knows better."""
    wire = Wire("10.0.0.5:700", "10.0.0.9:50700")
    wire.handshake(captured=False)
    wire.c("PSH ACK", data=100)
    wire.s("SYN ACK", seq=0)
    assert history(wire) == "Dh"


# ── again, with another number ──────────────────────────────────────────────────────────────────


def test_fin_again() -> None:
    text = f"{SERVED}\n 0.1 C > S FIN ACK\n 0.4 C > S FIN ACK seq=101"
    assert history(text) == "ShADadF"
    assert history(f"{text}\n 0.5 C > S FIN ACK seq=111\n 0.6 C > S FIN ACK seq=111") == "ShADadFF"


def test_a_fin_with_its_data_ends_where_it_ends() -> None:
    text = f"{SERVED}\n 0.1 C > S FIN ACK len=50\n 0.4 C > S FIN ACK seq=151"
    assert history(text) == "ShADadF"


def test_rst_again() -> None:
    text = f"{SERVED}\n 0.1 C > S RST seq=101\n 0.2 C > S RST seq=101"
    assert history(text) == "ShADadR"
    assert history(f"{text}\n 0.3 C > S RST seq=201\n 0.4 C > S RST seq=101") == "ShADadRRR"


def test_syn_again() -> None:
    text = "0.0 C > S SYN\n 1.0 C > S SYN seq=0\n 1.005 S > C SYN ACK\n 1.3 S > C SYN ACK seq=0"
    assert history(text) == "Sh"
    assert history(f"{text}\n 1.4 S > C SYN ACK seq=999") == "Shh"


def test_a_challenged_syn_has_no_letter() -> None:
    """To Zeek it begins a connection of its own; here it turned out to begin none."""
    text = f"{SERVED}\n 5.0 C > S SYN seq=900000\n 5.005 S > C ACK seq=201 ack=101"
    assert history(text) == "ShADad"


# ── flags that do not go together ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("flags", "letter"),
    [("SYN FIN", "Q"), ("SYN RST", "Q"), ("FIN RST ACK", "I"), ("SYN FIN RST", "I")],
)
def test_odd_flags(flags: str, letter: str) -> None:
    text = f"{SERVED}\n 0.1 C > S {flags} seq=101\n 0.2 C > S {flags} seq=107"
    assert history(text) == f"ShADad{letter}"


def test_a_fin_without_ack_closes_for_zeek() -> None:
    """Its receiver drops it (RFC 9293 §3.10.7.4), and so the states are as they were."""
    it = told(f"{SERVED}\n 0.1 C > S FIN seq=101")
    assert (it.history, it.conn_state) == ("ShADadF", "S2")
    assert it.states == ("ESTABLISHED", "ESTABLISHED")


# ── t, w: at 1, 10, 100 ... ─────────────────────────────────────────────────────────────────────


def repeated(count: int, line: str) -> str:
    return "\n".join(f"{2 + i} {line}" for i in range(count))


@pytest.mark.parametrize(("count", "letters"), [(1, 1), (9, 1), (10, 2), (99, 2), (100, 3)])
def test_retransmissions_are_counted_by_tens(count: int, letters: int) -> None:
    again = repeated(count, "C > S PSH ACK seq=1 len=100")
    assert history(f"{SERVED}\n {again}") == "ShADad" + "T" * letters


@pytest.mark.parametrize(("count", "letters"), [(1, 1), (9, 1), (10, 2), (100, 3)])
def test_closed_windows_are_counted_by_tens(count: int, letters: int) -> None:
    closed = repeated(count, "S > C ACK win=0")
    assert history(f"{SERVED}\n {closed}") == "ShADad" + "w" * letters


def test_a_window_matters_no_more_once_the_peer_has_closed() -> None:
    text = f"{SERVED}\n 0.1 C > S FIN ACK\n 0.105 S > C ACK win=0"
    assert history(text) == "ShADadF"
    assert history(f"{SERVED}\n 0.1 S > C FIN ACK\n 0.105 S > C ACK seq=202 win=0") == "ShADadfw"


def test_new_octets_with_old_ones_are_no_retransmission() -> None:
    assert history(f"{SERVED}\n 0.1 C > S PSH ACK seq=51 len=100") == "ShADad"


def test_a_keep_alive_with_an_octet_is_one_to_zeek() -> None:
    assert history(f"{SERVED}\n 0.1 C > S ACK seq=100 len=1") == "ShADadT"
    assert history(f"{SERVED}\n 0.1 C > S ACK seq=100") == "ShADad"


def test_payload_of_a_syn_or_a_rst_brings_no_new_number() -> None:
    """Zeek counts the stream from behind a SYN with its payload (TCP Fast Open), and leaves that
    of a RST out of it."""
    assert history("0.0 C > S SYN len=50\n 0.005 S > C SYN ACK\n 0.01 C > S ACK") == "SThA"
    assert history(f"{SERVED}\n 0.1 S > C RST ACK len=20") == "ShADadrt"
    assert history("0.0 C > S SYN\n 0.005 S > C RST ACK len=20") == "Srt"


def test_nothing_is_counted_of_an_end_that_was_reset() -> None:
    text = f"{SERVED}\n 0.1 C > S RST ACK\n 0.2 C > S PSH ACK seq=1 len=100\n 0.3 C > S ACK win=0"
    assert history(text) == "ShADadR"


def test_what_fills_a_hole_came_out_of_order() -> None:
    text = "0.1 C > S PSH ACK seq=201 len=100\n 0.2 C > S PSH ACK seq=101 len=100"
    assert history(f"{SERVED}\n {text}\n 0.3 S > C ACK ack=301") == "ShADadT"


def test_a_packet_behind_its_acknowledgement_was_not_sent_again() -> None:
    """Two interfaces, two buffers: the ACK was read before what it acknowledges."""
    text = f"{SERVED}\n 0.1 S > C ACK ack=301\n 0.1001 C > S PSH ACK seq=101 len=100"
    assert history(f"{text}\n 0.1002 C > S PSH ACK seq=201 len=100") == "ShADadG"
    assert history(f"{text}\n 0.2 C > S PSH ACK seq=101 len=100") == "ShADadGT"


def test_a_capture_duplicate_is_a_retransmission_to_zeek() -> None:
    wire = transcript(SERVED)
    wire.duplicate(wire.packets[3], after=0.000_050)
    it = told(wire)
    assert (it.history, it.duplicates, it.packets[0]) == ("ShADTad", 1, 4)


# ── g ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_gap_is_told_when_it_is_acknowledged() -> None:
    jump = f"{SERVED}\n 0.1 C > S PSH ACK seq=201 len=100"
    assert history(jump) == "ShADad"
    assert history(f"{jump}\n 0.2 S > C ACK ack=101") == "ShADad"
    assert history(f"{jump}\n 0.2 S > C ACK ack=301") == "ShADadG"


def test_octets_beyond_all_that_was_captured_are_a_gap() -> None:
    assert history(f"{SERVED}\n 0.1 C > S ACK ack=501") == "ShADadg"


def test_a_second_gap_is_one_of_ten() -> None:
    lines: list[str] = []
    for i in range(10):
        seq = 101 + 100 * i
        lines.append(f"{2 + i} C > S PSH ACK seq={seq + 50} len=50")
        lines.append(f"{2 + i}.1 S > C ACK ack={seq + 100}")
    assert history(f"{SERVED}\n" + "\n".join(lines[:-2])) == "ShADadG"
    assert history(f"{SERVED}\n" + "\n".join(lines)) == "ShADadGG"


def test_in_mid_stream_nothing_is_a_gap() -> None:
    assert history("0.0 C > S PSH ACK len=10\n 0.1 S > C ACK ack=501") == "Da"


# ── room ────────────────────────────────────────────────────────────────────────────────────────


def test_past_24_letters_an_x_says_that_there_was_more() -> None:
    resets = "\n".join(f"{2 + i} C > S RST seq={1000 + i}" for i in range(40))
    assert history(f"{SERVED}\n {resets}") == "ShADad" + "R" * 17 + "X"
