"""connection-refused: a SYN answered by RST."""

from tests.findings.transcript import case


def test_nothing_listens() -> None:
    finding = case("0 C SYN\n0.0002 S RST_REFUSED", until=9).only("connection-refused")

    assert (finding.severity, finding.end, finding.confidence) == ("warning", "server", "certain")
    assert finding.message == (
        "10.0.0.5:51234 asked for 10.0.0.9:8080 at 12:00:00.000 (frame 1) and was refused by RST "
        "200 µs later (frame 2): nothing listens there, or a firewall rejects it."
    )
    assert finding.advice.splitlines()[0] == "on 10.0.0.9: ss -tlnp sport = :8080"


def test_a_second_attempt_is_named_too() -> None:
    finding = case("0 C SYN\n1 C SYN_AGAIN\n1.01 S RST_REFUSED", until=9).only("connection-refused")

    assert finding.frames == (1, 2, 3)


def test_a_client_that_tries_again_is_refused_again() -> None:
    twice = case("0 C SYN\n0.01 S RST_REFUSED\n1 C SYN_AGAIN\n1.01 S RST_REFUSED", until=9)

    assert "10 ms later (frame 2), twice in all:" in twice.only("connection-refused").message


def test_nearly_no_answer_at_all() -> None:
    assert "connection-refused" not in case("0 C SYN\n1 C SYN_AGAIN", until=9).codes()


def test_cannot_tell_without_the_syn() -> None:
    reset = case("0 S RST_REFUSED", until=9, marks={"mid-stream", "one-sided"})

    assert "connection-refused" not in reset.codes()
