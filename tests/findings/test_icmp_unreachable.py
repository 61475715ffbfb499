"""icmp-unreachable: somebody on the path says that a segment could not be delivered."""

import pytest

from pcapflow.findings import icmp_unreachable
from pcapflow.model import Unreachable
from pcapflow.values import replace
from tests.engine.observed import connections
from tests.findings.kernels import found
from tests.findings.transcript import SERVED, Case, case
from tests.wire import Wire, icmp_error

CODE = "icmp-unreachable"
HOST, PORT, PROHIBITED = 0x301, 0x303, 0x30D
REFUSED = "0 C SYN\n0.005 C UNREACHABLE\n"


def reported(transcript: str, kind: int = HOST, by: str = "10.0.0.1", **how: object) -> Case:
    """A connection whose client was told by ICMP."""
    told = case(transcript, **how)  # type: ignore[arg-type]
    report = Unreachable(kind, by)
    return told._replace(connection=replace(told.connection, unreachable=(report, None)))


def test_a_router_answers_the_syn() -> None:
    finding = reported(REFUSED, until=9).only(CODE)

    assert (finding.severity, finding.end, finding.confidence) == ("warning", "path", "likely")
    assert finding.message == (
        "10.0.0.5:51234 sent a SYN to 10.0.0.9:8080 at 12:00:00.000 (frame 1); 10.0.0.1 answered "
        "by ICMP at 12:00:00.005 (frame 2): host unreachable."
    )
    assert "on 10.0.0.1: ip neighbour show 10.0.0.9" in finding.advice
    assert finding.frames == (1, 2)


def test_it_is_the_answer_so_the_syn_is_not_unanswered() -> None:
    assert reported(REFUSED, until=9).codes() == [CODE]


def test_where_the_syn_came_again_it_leads_and_names_that() -> None:
    first, second = reported(REFUSED + "1 C SYN_AGAIN\n3 C SYN_AGAIN", until=9).findings()

    assert (first.code, second.code) == (CODE, "syn-unanswered")
    assert first.message.endswith("The same segments also show syn-unanswered.")


@pytest.mark.parametrize(
    ("kind", "by", "reason", "advice"),
    [
        (PROHIBITED, "10.0.0.1", "communication administratively prohibited", "firewall rule"),
        (PORT, "10.0.0.9", "port unreachable. That is the server's own address.", "firewall rule"),
        (0x300, "10.0.0.1", "network unreachable", "ip route get 10.0.0.9"),
        (0x100, "2001:db8::1", "no route to destination", "ip route get"),
        (0x103, "2001:db8::1", "address unreachable", "ip neighbour show"),
        (0x3FF, "10.0.0.1", "destination unreachable, code 255", "ip neighbour show"),
    ],
)
def test_every_reason_has_its_words_and_its_next_step(
    kind: int, by: str, reason: str, advice: str
) -> None:
    finding = reported(REFUSED, kind, by, until=9, ipv6=":" in by).only(CODE)

    assert f": {reason}" in finding.message
    assert advice in finding.advice.splitlines()[0]


def test_an_open_connection_goes_on() -> None:
    finding = reported(SERVED + "5 C UNREACHABLE", until=9).only(CODE)

    assert (finding.severity, finding.end, finding.confidence) == ("info", "path", "likely")
    assert finding.message == (
        "10.0.0.1 said by ICMP at 12:00:05.000 (frame 6) of a segment of 10.0.0.5:51234 to "
        "10.0.0.9:8080: host unreachable. That alone ends no connection: TCP takes it as a hint "
        "and goes on sending."
    )


def test_nearly_the_syn_was_answered_after_all() -> None:
    late = "0 C SYN\n0.005 C UNREACHABLE\n1 C SYN_AGAIN\n1.01 S SYN_ACK\n1.01 C HANDSHAKE_ACK"

    assert reported(late, until=9).only(CODE).severity == "info"


def test_it_explains_why_nobody_answers_any_more() -> None:
    first, second = reported(SERVED + "5 C UNREACHABLE\n9 C UNANSWERED", until=21).findings()

    assert (first.code, second.code) == ("peer-vanished", CODE)
    assert first.message.endswith("The same segments also show icmp-unreachable.")


def test_of_the_servers_segments_too() -> None:
    (finding,) = case(SERVED + "5 S UNREACHABLE", until=9).findings()

    assert "a router said by ICMP" in finding.message  # who, was not remembered
    assert "of a segment of 10.0.0.9:8080 to 10.0.0.5:51234" in finding.message


def test_nearly_the_path_only_wants_smaller_packets() -> None:
    """Fragmentation needed: path MTU discovery (RFC 1191)."""
    wire = Wire()
    wire.handshake()
    large = wire.c("PSH ACK", data=1400)
    wire.s("ACK")
    (connection,) = connections(wire, icmp_error(large, "10.0.0.1", 4))

    assert [finding.code for finding in connection.findings] == []


def test_cannot_tell_of_a_segment_that_was_not_captured() -> None:
    """It may be about an older connection on these ports."""
    earlier = Wire(client_isn=9_000_000).c("SYN")
    wire = Wire()
    wire.handshake()
    (connection,) = connections(wire, icmp_error(earlier, "10.0.0.1", 1, after=1))

    assert [finding.code for finding in connection.findings] == []


def test_every_code_of_the_two_registries_has_its_words() -> None:
    assert set(icmp_unreachable._ICMP) == set(range(16)) - {4}
    assert set(icmp_unreachable._ICMPV6) == set(range(8))


def test_the_recordings_in_which_a_kernel_said_so_and_no_others() -> None:
    """A route of the server's host refused the segments (ip-route(8))."""
    told = found(CODE)
    reasons = {
        scenario: {f.message.partition("): ")[2].partition(".")[0] for f in each}
        for (scenario, _), each in told.items()
    }

    assert {scenario for scenario, _ in told} == {
        "syn_prohibited",
        "syn_host_unreachable",
        "route_flaps",
    }
    assert reasons["syn_prohibited"] == {"communication administratively prohibited"}
    assert reasons["syn_host_unreachable"] == {"host unreachable"}
    assert {f.severity for (s, _), each in told.items() for f in each if s == "route_flaps"} == {
        "info"
    }
    assert len(told) == 9  # seen from all three points
