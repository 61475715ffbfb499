"""half-open: the client goes on with what the server does not have."""

import pytest

from tests.findings.recordings import findings, recorded, scenes
from tests.findings.transcript import OPENED, REQUEST, SERVED, case
from tests.lab.fixtures import load

SERVED_BEFORE = SERVED.replace("0.030 S DATA", "0.030 S ACK DATA")


def test_a_request_meets_a_server_that_was_restarted() -> None:
    restarted = case(
        SERVED_BEFORE + "60 C DATA\n60.01 S RST_REPLY", until=90, unacknowledged=(100, 0)
    )
    finding, lost, also = restarted.findings()

    assert finding.code == "half-open"
    assert (lost.code, also.code) == ("data-lost-at-close", "reset-closed-socket")
    assert (finding.severity, finding.end, finding.confidence) == ("error", "server", "likely")
    assert finding.frames == (7,)
    assert finding.message == (
        "10.0.0.5:51234 sent data on a connection that 10.0.0.9:8080 does not have: the answer was "
        "RST at 12:01:00.010 (frame 7), and the server had not closed. It last sent something 60 s "
        "before. 100 octets of the client reached nobody. The same segments also show "
        "data-lost-at-close and reset-closed-socket."
    )
    assert "idle" not in finding.advice + also.advice


def test_its_reset_was_lost_and_the_client_went_on() -> None:
    """The RST that the server sent when it went down never arrived."""
    lost = SERVED_BEFORE + "5 S RST_ABORT\n60 C LIVES_ON DATA\n60.01 S RST_REPLY"
    finding = case(lost, until=90).only("half-open")

    assert finding.frames == (6, 8)
    assert "ended the connection by RST at 12:00:05.000 (frame 6), which never" in finding.message


def test_a_keep_alive_that_finds_out_costs_nothing() -> None:
    found_out = case(SERVED_BEFORE + "60 C KEEP_ALIVE\n60.01 S RST_REPLY", until=90)

    assert found_out.only("half-open").severity == "info"
    assert found_out.codes() == ["half-open", "reset-closed-socket"]


def test_a_server_that_never_took_it_up() -> None:
    """SYN cookies, and the listener was closed before the handshake's ACK came."""
    finding = case(OPENED + "0.02 S RST_REPLY", until=9).only("half-open")

    assert finding.severity == "warning"
    assert "said nothing since its SYN, ACK" in finding.message


@pytest.mark.parametrize(
    "closed",
    [
        "3 S FIN\n60 C DATA\n60.01 S RST_REPLY",
        "60 C FIN\n60.01 S RST_REPLY",
        "3 S RST_ABORT_LOSS\n3.001 C DATA\n3.01 S RST_REPLY",
        "59 C FIN_HINT\n59 S FIN_HINT\n60 C DATA\n60.01 S RST_REPLY",
        "60 C DATA\n60.01 S RST_REPLY RST_FOREIGN",
        "60 C DATA\n60.01 S RST_ABORT_LOSS",
    ],
)
def test_nearly_one_of_the_two_had_ended_it(closed: str) -> None:
    assert "half-open" not in case(SERVED_BEFORE + closed, until=90).codes()


def test_nearly_the_client_never_went_on() -> None:
    assert "half-open" not in case("0 C SYN\n0.01 S SYN_ACK\n1 S RST_REPLY", until=9).codes()


def test_nearly_the_server_repeats_its_syn_ack() -> None:
    full = REQUEST + "0.9 C UNANSWERED\n1 S SYN_ACK_AGAIN\n3 S RST_REPLY"

    assert "half-open" not in case(full, until=9).codes()


def test_cannot_tell_a_server_from_a_box_that_answers_in_its_name() -> None:
    odd = case(SERVED_BEFORE + "60 C DATA\n60.01 S RST_REPLY RST_ODD", until=90)
    finding = odd.only("half-open")

    assert finding.confidence == "possible"
    assert finding.message.split(" The same")[0].endswith("answered in the server's name.")


def test_cannot_tell_in_mid_stream_whether_the_server_had_closed() -> None:
    late = case("0 C ACK DATA\n0.01 S RST_REPLY", until=9, marks={"mid-stream"})

    assert late.only("half-open").confidence == "possible"


def test_the_recordings_of_servers_that_had_lost_it() -> None:
    """A host that forgets, as in a restart: the next request, or a keep-alive, finds out.

    So it is where a forged RST took the server's end away, seen at the client.  Of a middlebox that
    answers in the server's name no capture shows more.  The RST to an ACK that brings a forgotten
    cookie is known as its answer at the server only: elsewhere it comes too late.
    """
    assert scenes("half-open") == {
        "half_open": "client middle server",
        "injected_rst_to_server": "client",
        "keepalive_reset": "client middle server",
        "middlebox_forgets_and_resets": "client middle",
        "rst_at_sack_edge": "client",
        "syn_cookies_forgotten": "server",
    }


@pytest.mark.parametrize("name", ["half_open", "keepalive_reset"])
def test_the_kernels_say_the_same(name: str) -> None:
    """The server's was CLOSED before the client's, which was reset; nobody sent a FIN."""
    (truth,) = load(name)["connections"]
    ends = {end: truth["timeline"][end][-1] for end in ("client", "server")}

    assert {step["state"] for step in ends.values()} == {"CLOSED"}
    assert ends["server"]["at"] < ends["client"]["at"]
    assert truth["fins"] == {"client": 0, "server": 0}
    assert truth["resets_taken"]["client"]


def test_it_leads_where_it_was_recorded() -> None:
    for (name, _), found in findings("half-open").items():
        if name == "half_open":
            assert [f.severity for f in found] == ["error"]
        if name == "middlebox_forgets_and_resets":
            assert [f.confidence for f in found] == ["possible"]
    for (name, _), connections in recorded().items():
        if name == "half_open":
            assert [c.findings[0].code for c in connections] == ["half-open"]
