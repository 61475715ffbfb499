"""reset-injected: the RST does not come from the end whose address it bears."""

from tests.findings.transcript import REQUEST, SERVED, case


def test_the_alleged_sender_goes_on() -> None:
    finding = case(
        SERVED + "3 C RST_ABORT RST_ODD\n4 C RST_DISOWNED LIVES_ON\n4.01 S RST_REPLY", until=9
    ).only("reset-injected")

    assert (finding.severity, finding.end, finding.confidence) == ("error", "path", "certain")
    assert "went on sending new octets at 12:00:04.000" in finding.message
    assert "reset-abort" not in finding.message


def test_two_odd_marks() -> None:
    finding = case(REQUEST + "3 S RST_ABORT_LOSS RST_FOREIGN", until=9).only("reset-injected")

    assert (finding.severity, finding.confidence) == ("error", "likely")
    assert "two of its marks" in finding.message


def test_nearly_a_reset_that_its_receiver_did_not_take() -> None:
    finding = case(SERVED + "3 C RST_OUTSIDE RST_FOREIGN\n4 S LIVES_ON", until=9).only(
        "reset-injected"
    )

    assert finding.severity == "info"


def test_cannot_tell_from_one_odd_mark() -> None:
    told = case(SERVED + "3 C RST_ABORT RST_ODD", until=9)

    assert told.codes() == ["reset-abort", "reset-injected"]
    finding = told.only("reset-injected")
    assert (finding.severity, finding.confidence) == ("info", "possible")


def test_cannot_tell_where_the_reset_was_not_kept() -> None:
    """Of very long connections the middle is missing: here the reset that the mark was of."""
    told = case(SERVED + "3 C RST_ODD\n4 S FIN\n4.01 C ACK_OF_FIN", until=9)

    assert "reset-injected" not in told.codes()
