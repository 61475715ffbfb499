"""fin-wait-2-timeout: an orphan in FIN_WAIT_2 is given up before its peer closes."""

import pytest

from tests.findings.kernels import found, recorded
from tests.findings.transcript import REQUEST, SERVED, case

SERVER_CLOSED = "3.120 S FIN\n3.130 C ACK_OF_FIN\n"


def test_a_late_fin_meets_nobody() -> None:
    late = case(SERVED + SERVER_CLOSED + "45 C FIN\n45.01 S RST_REPLY", until=99)
    finding = late.only("fin-wait-2-timeout")

    assert late.codes() == ["reset-closed-socket", "fin-wait-2-timeout"]
    assert (finding.severity, finding.end, finding.confidence) == ("info", "server", "likely")
    assert finding.message == (
        "10.0.0.9:8080 closed at 12:00:03.120 (frame 6), 10.0.0.5:51234 acknowledged that at "
        "12:00:03.130, and its FIN came only 41.9 s later (frame 8) and was answered by RST at "
        "12:00:45.010 (frame 9): 10.0.0.9:8080 had given up its FIN_WAIT_2 (Linux: 60 s, "
        "net.ipv4.tcp_fin_timeout)."
    )
    assert finding.advice.splitlines()[0] == (
        "on 10.0.0.5: ss -tanp state close-wait dst 10.0.0.9:8080; the program that this names "
        "closes too late, and 10.0.0.9 is only its victim"
    )
    assert finding.frames == (6, 7, 8, 9)


def test_a_keep_alive_meets_nobody() -> None:
    """The classic web server: the client's browser holds the connection and probes it."""
    finding = case(SERVED + SERVER_CLOSED + "48 C KEEP_ALIVE\n48.1 S RST_REPLY", until=99).only(
        "fin-wait-2-timeout"
    )

    assert finding.confidence == "likely"
    assert "its keep-alive came only 44.9 s later" in finding.message


def test_a_client_that_gave_up_its_server() -> None:
    finding = case(SERVED + "3 C FIN\n3.1 S ACK_OF_FIN\n70 S FIN\n70.1 C RST_REPLY", until=71).only(
        "fin-wait-2-timeout"
    )

    assert finding.end == "client"
    assert "on 10.0.0.9: ss -tanp state close-wait src 10.0.0.9:8080" in finding.advice


def test_data_would_have_drawn_a_reset_anyway() -> None:
    """So it takes the usual time at least, and even then it is only possible."""
    finding = case(SERVED + SERVER_CLOSED + "70 C DATA\n70.1 S RST_REPLY", until=99).only(
        "fin-wait-2-timeout"
    )
    assert finding.confidence == "possible"
    assert "answers data in the same way" in finding.message

    sooner = case(SERVED + SERVER_CLOSED + "50 C DATA\n50.1 S RST_REPLY", until=99)
    assert "fin-wait-2-timeout" not in sooner.codes()


@pytest.mark.parametrize(("until", "there"), [(63.1, False), (63.13, True)])
def test_silence_alone_makes_it_possible_after_the_usual_time(until: float, there: bool) -> None:
    leak = case(SERVED + SERVER_CLOSED, until=until)

    assert ("fin-wait-2-timeout" in leak.codes()) == there
    if there:
        finding = leak.only("fin-wait-2-timeout")
        assert finding.confidence == "possible"
        assert "may have given up its FIN_WAIT_2 by now" in finding.message


def test_nearly_a_fin_in_time() -> None:
    codes = case(SERVED + SERVER_CLOSED + "45 C FIN\n45.01 S ACK_OF_FIN", until=99).codes()

    assert "fin-wait-2-timeout" not in codes


def test_nearly_a_reset_in_place_of_the_last_ack() -> None:
    """Sooner than any kernel gives up: it was done with the connection otherwise."""
    codes = case(SERVED + SERVER_CLOSED + "3.5 C FIN\n3.51 S RST_REPLY", until=99).codes()

    assert codes == ["reset-closed-socket"]


@pytest.mark.parametrize(
    "alive",
    [
        pytest.param("20 S KEEP_ALIVE", id="it probes"),
        pytest.param("20 S WINDOW_OPENED", id="it reads"),
        pytest.param("20 C KEEP_ALIVE", id="a probe drew no RST"),
        pytest.param("20 C DATA", id="data drew no RST"),
    ],
)
def test_nearly_it_shows_that_it_is_still_there(alive: str) -> None:
    assert "fin-wait-2-timeout" not in case(SERVED + SERVER_CLOSED + alive, until=99).codes()


def test_cannot_tell_while_a_reply_is_owed() -> None:
    """A client that ended its direction behind a request waits without a timer."""
    owed = case(REQUEST + "3 C FIN\n3.1 S ACK_OF_FIN", until=99)

    assert owed.codes() == ["half-close"]


def test_cannot_tell_whether_the_peer_had_closed_before_the_capture_began() -> None:
    codes = case(SERVER_CLOSED, until=99, marks={"mid-stream"}).codes()

    assert "fin-wait-2-timeout" not in codes


def test_with_a_gap_it_is_only_possible() -> None:
    late = case(SERVED + SERVER_CLOSED + "45 C FIN\n45.01 S RST_REPLY", until=99, marks={"gap"})

    assert late.only("fin-wait-2-timeout").confidence == "possible"


def test_kernels_that_gave_up_and_answered_a_fin_and_no_others() -> None:
    """On its way from FIN_WAIT_2 to CLOSED a kernel that was asked by a FIN has sent a RST."""
    told = {
        where for where, fs in found("fin-wait-2-timeout").items() if fs[0].confidence == "likely"
    }
    gave_up = {
        (it.scenario, it.point)
        for it in recorded()
        for stayed, after in it.stays("server", "FIN_WAIT_2")
        if after == "CLOSED" and it.kernel["fins"]["client"]
    }

    assert told == gave_up
    assert {scenario for scenario, _ in told} == {"orphan_times_out_then_fin"}


def test_orphans_that_the_kernel_kept_are_never_more_than_possible() -> None:
    for (scenario, _), findings in found("fin-wait-2-timeout").items():
        if scenario in ("leaking_pool", "leaking_pool_of_50"):
            assert {f.confidence for f in findings} == {"possible"}
