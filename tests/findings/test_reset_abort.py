"""reset-abort: a live socket ends the connection by RST."""

from tests.findings.transcript import REQUEST, SERVED, case


def test_an_abort_that_loses_octets() -> None:
    finding = case(REQUEST + "3 C RST_ABORT_LOSS", until=9, unacknowledged=(0, 512)).only(
        "reset-abort"
    )

    assert (finding.severity, finding.end, finding.confidence) == ("error", "client", "likely")
    assert finding.message == (
        "10.0.0.5:51234 aborted the connection by RST at 12:00:03.000 (frame 5) while neither end "
        "had closed; 512 octets of the server had not been acknowledged and may be lost."
    )
    assert "TcpExtTCPAbortOnClose" in finding.advice


def test_an_abort_that_leaves_a_request_unanswered() -> None:
    finding = case(REQUEST + "3 S RST_ABORT_LOSS", until=9).only("reset-abort")

    assert finding.severity == "error"
    assert finding.message.endswith("a request had not been answered.")


def test_an_abort_instead_of_a_close() -> None:
    finding = case(SERVED + "3 S FIN\n3.01 C ACK_OF_FIN\n3.2 C RST_ABORT", until=9).only(
        "reset-abort"
    )

    assert finding.severity == "info"
    assert "after the server's FIN, instead of closing its own side" in finding.message
    assert "every octet sent had been acknowledged" in finding.message


def test_giving_up_on_a_silent_peer() -> None:
    finding = case(
        SERVED + "60 C KEEP_ALIVE\n70 C KEEP_ALIVE\n80 C KEEP_ALIVE UNANSWERED\n90 C RST_ABORT",
        until=99,
    ).only("reset-abort")

    assert "after 10.0.0.9:8080 had left its segments unanswered" in finding.message
    assert "find out why 10.0.0.9:8080 fell silent" in finding.advice


def test_giving_up_on_octets_and_the_fin_behind_them() -> None:
    """As in CVE-2018-6794.pcap of Arkime's tests."""
    found = case(
        SERVED
        + "3 S FIN\n3.01 C ACK_OF_FIN\n3.1 C DATA\n3.1 C FIN\n3.3 C FIN_AGAIN\n3.9 C FIN_AGAIN\n"
        + "9 C RST_ABORT",
        until=12,
        unacknowledged=(410, 0),
    )
    finding = found.only("reset-abort")

    assert (finding.severity, finding.end, finding.confidence) == ("error", "client", "likely")
    assert "after 10.0.0.9:8080 had left its segments unanswered; " in finding.message
    assert finding.message.endswith(
        "409 octets of the client had not been acknowledged and may be lost."
    )
    assert "409 octets" in found.only("data-lost-at-close").message


def test_an_unacknowledged_fin_is_no_lost_octet() -> None:
    finding = case(REQUEST + "3 C FIN\n3.2 S RST_ABORT_LOSS", until=9, unacknowledged=(1, 0)).only(
        "reset-abort"
    )

    assert finding.message.endswith("a request had not been answered.")


def test_several_aborts_of_one_end_make_one_finding() -> None:
    finding = case(SERVED + "3 C RST_ABORT\n3.1 S ACK\n3.2 C RST_ABORT_LOSS", until=9).only(
        "reset-abort"
    )

    assert (finding.severity, finding.frames) == ("error", (8,))


def test_nearly_the_reset_answers_a_segment() -> None:
    codes = case(SERVED + "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C RST_REPLY", until=9).codes()

    assert codes == ["reset-closed-socket"]


def test_nearly_the_reset_is_ignored() -> None:
    assert case(SERVED + "3 S RST_OUTSIDE\n4 S RST_IN_WINDOW", until=9).codes() == []


def test_cannot_tell_what_provoked_it_where_the_capture_has_gaps() -> None:
    finding = case(SERVED + "3 C RST_ABORT", until=9, marks={"gap"}).only("reset-abort")

    assert finding.confidence == "possible"
