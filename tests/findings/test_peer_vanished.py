"""peer-vanished: repeats and probes that nobody answers."""

from tests.findings.kernels import recorded, scenarios
from tests.findings.transcript import REQUEST, SERVED, case


def test_keep_alives_until_the_kernel_gives_up() -> None:
    gone = case(SERVED + "225 C UNANSWERED\n300 C RST_ABORT", until=301)
    finding = gone.only("peer-vanished")

    assert gone.codes() == ["peer-vanished", "reset-abort"]
    assert (finding.severity, finding.end, finding.confidence) == ("warning", "path", "certain")
    assert "Nobody answered the repeats or keep-alives of 10.0.0.5:51234" in finding.message
    assert "the third in a row was at 12:03:45.000 (frame 6)" in finding.message
    assert "it gave up by RST at 12:05:00.000 (frame 7)." in finding.message
    assert "ss -tano src 10.0.0.9:8080 dst 10.0.0.5:51234" in finding.advice
    assert finding.frames == (6, 7)


def test_an_abort_with_octets_unacknowledged_is_an_error_and_leads() -> None:
    gone = case(REQUEST + "9 C UNANSWERED\n20 C RST_ABORT_LOSS", until=21, unacknowledged=(512, 0))
    first, second, third = gone.findings()

    assert (first.code, first.severity) == ("peer-vanished", "error")
    assert "Never acknowledged: 512 octets of the client." in first.message
    assert first.message.endswith("The same segments also show data-lost-at-close and reset-abort.")
    assert (second.code, third.code) == ("data-lost-at-close", "reset-abort")


def test_a_request_repeated_when_the_capture_ends() -> None:
    gone = case(SERVED + "9 C UNANSWERED", until=21, unacknowledged=(512, 0)).only("peer-vanished")

    assert (gone.severity, gone.confidence) == ("warning", "likely")
    assert "it may still have been trying when the capture ended." in gone.message


def test_longer_than_any_pause_it_has_given_up() -> None:
    gone = case(SERVED + "9 S UNANSWERED", until=140).only("peer-vanished")

    assert (
        "has not tried again in the 2 min 11 s that the capture runs on, so it gave up"
        in gone.message
    )


def test_nearly_the_peer_came_back() -> None:
    assert case(SERVED + "9 C UNANSWERED\n12 S ANSWERED", until=99).codes() == []


def test_nearly_it_was_only_the_fin() -> None:
    repeated = "3 C FIN\n3.2 C FIN_AGAIN\n3.6 C FIN_AGAIN\n4.4 C FIN_AGAIN"

    assert "peer-vanished" not in case(SERVED + repeated, until=99).codes()


def test_nearly_the_connection_was_closed_in_order() -> None:
    closed = "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C ACK_OF_FIN\n9 C UNANSWERED"

    assert "peer-vanished" not in case(SERVED + closed, until=99).codes()


def test_cannot_tell_where_the_peers_direction_was_not_captured() -> None:
    one = case("1 C DATA\n9 C UNANSWERED", until=99, marks={"one-sided", "mid-stream"})

    assert "peer-vanished" not in one.codes()


def test_with_a_gap_it_is_only_possible() -> None:
    gap = case(SERVED + "9 C UNANSWERED", until=99, marks={"gap"})

    assert gap.only("peer-vanished").confidence == "possible"


def test_recordings_whose_kernel_gave_up_alone_and_no_others() -> None:
    """One end is CLOSED, the other knows nothing: no FIN arrived and no RST was taken.

    Of these, a window that stays closed is another finding, and a refused or aborted opening none.
    """
    alone = {
        it.scenario
        for it in recorded()
        if sorted(it.kernel["states"].values()) == ["CLOSED", "ESTABLISHED"]
        and not any(it.kernel["fins"].values())
        and not any(it.kernel["resets_taken"].values())
    }

    assert scenarios("peer-vanished") - alone == {"middlebox_forgets"}  # its server closes later
    assert alone - scenarios("peer-vanished") == {"zero_window_given_up"}
