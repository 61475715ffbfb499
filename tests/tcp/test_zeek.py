"""Zeek's conn_state from history: each value as conn.log's documentation tells it."""

from __future__ import annotations

import pytest

from pcapflow.tcp.zeek import conn_state

SOME, NONE = True, False


@pytest.mark.parametrize(
    ("history", "state"),
    [
        ("S", "S0"),  # attempt seen, no reply
        ("ShADad", "S1"),  # established, not terminated
        ("ShADadFf", "SF"),  # normal establishment and termination
        ("Sr", "REJ"),  # attempt rejected
        ("ShADadF", "S2"),  # close attempt by the originator, no reply
        ("ShADadf", "S3"),  # close attempt by the responder, no reply
        ("ShADadR", "RSTO"),  # the originator aborted
        ("ShADadr", "RSTR"),  # the responder did
        ("SR", "RSTOS0"),  # SYN and RST, no SYN-ACK seen
        ("^hr", "RSTRH"),  # SYN-ACK and RST, no SYN seen
        ("SF", "SH"),  # SYN and FIN, no SYN-ACK seen
        ("^hf", "SHR"),  # SYN-ACK and FIN, no SYN seen
        ("Dd", "OTH"),  # no SYN, just midstream
    ],
)
def test_every_value(history: str, state: str) -> None:
    assert conn_state(history, SOME if "d" in history else NONE) == state


@pytest.mark.parametrize("history", ["ShADadFfR", "ShADadFRf", "ShADadFRfr", "ShADadfFrR"])
def test_a_reset_after_both_fins_stays_sf(history: str) -> None:
    assert conn_state(history, SOME) == "SF"


def test_a_reset_between_the_fins_of_others_does_not() -> None:
    assert conn_state("ShADadFr", SOME) == "RSTR"
    assert conn_state("ShADadFrf", SOME) == "RSTR"


@pytest.mark.parametrize(
    ("history", "state"),
    [
        ("^hADd", "S1"),  # only the SYN is missing
        ("^hADdFaf", "SF"),
        ("DaFfA", "SF"),
        ("DadF", "SH"),  # an end that only spoke in mid-stream counts as inactive ...
        ("Dadf", "SHR"),
        ("DdR", "OTH"),
        ("Ddr", "RSTRH"),
        ("DdFr", "RSTR"),  # ... until it closes
        ("SaA", "S0"),  # some stacks acknowledge a SYN before they answer it
        ("SA", "S0"),
        ("SAr", "REJ"),
        ("Ss", "S1"),  # simultaneous open
        ("SADR", "OTH"),
        ("SDTR", "RSTOS0"),  # data may follow the SYN of a half-open connection, no ACK
        ("SrR", "REJ"),
        ("Q", "SH"),  # a scan with SYN and FIN
        ("I", "OTH"),
        ("", "OTH"),
        ("ShADadTtWwGgxFf", "SF"),  # these move no state
    ],
)
def test_what_else_zeek_makes_of_letters(history: str, state: str) -> None:
    assert conn_state(history, NONE) == state


def test_two_resets_after_data_are_no_rejection() -> None:
    assert conn_state("ShADadRr", SOME) == "RSTR"
    assert conn_state("ShADadRr", NONE) == "REJ"
