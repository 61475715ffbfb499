"""Running the rules: severity by waiting, order by harm, several codes on one event."""

import random
import struct
import subprocess
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from pcapflow import findings
from pcapflow.findings import catalogue
from pcapflow.findings.across import Pile
from pcapflow.findings.frames import display_filter
from pcapflow.findings.rule import Wait
from pcapflow.model import ENDS, RANKS, End, Endpoint, Finding
from pcapflow.tcp.codes import CODES
from pcapflow.tcp.replay import replay
from pcapflow.tcp.timers import DEFAULTS, SECOND
from pcapflow.values import replace
from tests.conftest import need_tool
from tests.findings.transcript import OPENED, REQUEST, SERVED, Case, case

CLOSED = "3 C FIN\n3.01 S ACK_OF_FIN FIN\n3.02 C ACK_OF_FIN\n"


def of_every_code(ipv6: bool) -> list[Case]:
    """Connections that have all findings between them."""
    return [
        case(REQUEST + "3 C RST_ABORT_LOSS", until=9, unacknowledged=(512, 0), ipv6=ipv6),
        case(SERVED + "3 S FIN\n3.2 C DATA\n3.21 S RST_REPLY", until=9, ipv6=ipv6),
        case(SERVED + "3 C RST_ABORT RST_FOREIGN", until=9, ipv6=ipv6),
        case(SERVED + "3 S FIN\n3.01 C ACK_OF_FIN", until=99, ipv6=ipv6),
        case(SERVED + "3 S FIN\n3.01 C ACK_OF_FIN\n70 C FIN", until=71, ipv6=ipv6),
        case(SERVED + "3 C FIN\n3.2 C FIN_AGAIN", until=9, ipv6=ipv6),
        case("0 C SYN\n0.01 S RST_REFUSED", until=9, ipv6=ipv6),
        case(SERVED + CLOSED + "3.3 S FIN_AGAIN_LATE", until=9, ipv6=ipv6),
        case(REQUEST + "3 C FIN\n3.01 S ACK_OF_FIN\n4 S DATA", until=5, ipv6=ipv6),
        case(
            SERVED + "3 C FIN\n3.001 S FIN_CROSSING\n3.01 S ACK_OF_FIN\n3.02 C ACK_OF_FIN",
            until=9,
            ipv6=ipv6,
        ),
        case(SERVED + "1 S RST_OUTSIDE\n2 C LIVES_ON", until=9, ipv6=ipv6),
        case(SERVED + "9 C UNANSWERED", until=9, ipv6=ipv6),
        case(SERVED + "400 C UNANSWERED", until=401, idle=(360, None), ipv6=ipv6),
        case(SERVED + "1 C ZERO_WINDOW", until=9, ipv6=ipv6),
        case(SERVED + "1 C ZERO_WINDOW\n2 C WINDOW_OPENED\n2.1 S FIN", until=3, ipv6=ipv6),
        case("0 C SYN\n1 C SYN_AGAIN", until=9, ipv6=ipv6),
        case("0 C SYN\n0.1 C UNREACHABLE", until=9, ipv6=ipv6),
        case(REQUEST + "3 S ACK DATA\n9 C DATA\n9.01 S RST_REPLY", until=19, ipv6=ipv6),
        case(REQUEST + "1 S SYN_ACK_AGAIN", until=9, ipv6=ipv6),
        case(OPENED + "0.02 C RST_ABORT", until=9, ipv6=ipv6),
        case(SERVED + CLOSED + "9 C REUSE", until=19, ipv6=ipv6),
        case(SERVED + CLOSED + "9 C CHALLENGE_ACK\n9.1 S RST_OF_CHALLENGE", until=19, ipv6=ipv6),
        case(SERVED + CLOSED + "9 S RST_ABORT", until=19, ipv6=ipv6),
        case(SERVED.replace("S DATA", "S ACK DATA") + "9 C REUSE", until=19, ipv6=ipv6),
        case("0 C ACK DATA\n1 C ACK_UNSEEN", until=9, marks={"mid-stream"}, ipv6=ipv6),
        case("0 C ACK DATA\n1 C ACK_UNSEEN", until=9, marks={"one-sided"}, ipv6=ipv6),
        case(SERVED, until=9, marks={"truncated", "duplicates"}, duplicates=2, ipv6=ipv6),
    ]


def all_findings() -> list[Finding]:
    return [
        finding
        for ipv6 in (False, True)
        for each in of_every_code(ipv6)
        for finding in each.findings()
    ]


def test_the_rules_are_told_apart_by_their_codes() -> None:
    codes = [rule.CODE for rule in catalogue.RULES]

    assert len(set(codes)) == len(codes)
    assert {finding.code for finding in all_findings()} == set(codes)


def test_what_is_known_of_a_rule_before_it_is_loaded_is_what_it_says() -> None:
    modules = [
        import_module(f"{findings.__name__}.{m.name}") for m in iter_modules(findings.__path__)
    ]
    rules = {module.CODE: module for module in modules if hasattr(module, "look")}

    assert {rule.CODE: rule.EVENTS for rule in catalogue.RULES} == {
        code: rule.EVENTS for code, rule in rules.items()
    }
    for rule in catalogue.RULES:
        assert (rule.LEVELS, rule.DOC) == (rules[rule.CODE].LEVELS, rules[rule.CODE].DOC)


def test_messages_are_sentences_and_advice_is_steps() -> None:
    for finding in all_findings():
        assert finding.message.endswith("."), finding.message
        assert len(finding.message) >= 20
        assert finding.advice
        assert all(line.strip() for line in finding.advice.splitlines())


def test_a_healthy_connection_has_no_findings() -> None:
    assert case(SERVED + CLOSED, until=99).codes() == []
    assert case(SERVED, until=99).codes() == []


def test_the_most_harmful_leads_and_names_the_others() -> None:
    closed = case(
        SERVED + "3 C FIN\n3.2 C FIN_AGAIN\n3.21 S ACK_OF_FIN\n4 C RST_ABORT_LOSS", until=99
    )
    findings = closed.findings()

    assert [f.code for f in findings] == ["reset-abort", "fin-retransmit"]
    assert [RANKS[f.severity] for f in findings] == [0, 2]
    assert "also show" not in findings[0].message  # other segments


def test_a_name_is_given_by_one_leader_only() -> None:
    messages = [
        f.message
        for f in case(SERVED + "3 C FIN\n3.2 C FIN_AGAIN\n3.4 C FIN_AGAIN", until=9).findings()
    ]

    assert sum("also show fin-retransmit" in message for message in messages) == 1


def test_what_the_capture_lacks_names_what_is_less_sure_for_it() -> None:
    leak = case(SERVED + "3 S FIN\n3.01 C ACK_OF_FIN\n4 S ACK_UNSEEN", until=90, marks={"gap"})
    sure = case(SERVED + "4 S ACK_UNSEEN\n5 C RST_REFUSED", until=90, marks={"gap"})

    assert leak.codes() == ["close-wait-leak", "fin-wait-2-timeout", "capture-gap"]
    assert leak.only("capture-gap").message.endswith(
        " That makes close-wait-leak and fin-wait-2-timeout less sure."
    )
    assert "capture-gap" not in leak.only("close-wait-leak").message
    assert "less sure" not in sure.only("capture-gap").message


def test_a_wait_begins_with_the_last_of_a_run_of_repeats() -> None:
    repeated = case(OPENED + "3 C FIN\n3.2 C FIN_AGAIN\n5 C FIN_AGAIN", until=9)
    again = repeated.story.events.indexes({"FIN_AGAIN"})

    assert catalogue.measure(repeated.connection, Wait(since=again, steps=())) == 4 * SECOND


def test_a_wait_begins_with_the_latest_of_its_events_and_octets() -> None:
    half = case(SERVED + "3 S FIN\n3.01 C ACK_OF_FIN\n4 C DATA", until=9)
    (acked,) = half.story.events.indexes({"ACK_OF_FIN"})

    assert catalogue.measure(half.connection, Wait((acked,), (), "client")) == 5 * SECOND
    assert catalogue.measure(half.connection, Wait((acked,), (), "server")) == 5_990_000_000


def test_a_wait_for_nothing_is_an_error() -> None:
    with pytest.raises(LookupError):
        catalogue.measure(case(OPENED, until=9).connection, Wait(since=(99,), steps=()))


def test_signs_are_those_of_the_shape_not_of_a_connection() -> None:
    one = case(SERVED + "3 S FIN\n3.01 C ACK_OF_FIN", until=4)
    other = case(SERVED + "3 S FIN\n3.01 C ACK_OF_FIN", until=400)

    assert catalogue.signs(one.story, DEFAULTS) == catalogue.signs(other.story, DEFAULTS)
    assert one.codes() != other.codes()


def test_a_rule_sees_nothing_without_its_events() -> None:
    """Random stories, and those of all rules changed: what one declares hides no sign from it."""
    chance = random.Random(793)
    names = list(CODES)
    marks = ["mid-stream", "one-sided", "busy", "client-last", "gap", "truncated", "duplicates"]
    marks += ["client-unacked", "server-unacked"]
    known = [list(each.story.events) for each in of_every_code(False)]
    seen = set()
    for turn in range(6_000):
        events: list[tuple[str, End]] = [
            (chance.choice(names), chance.choice(ENDS)) for _ in range(chance.randint(1, 8))
        ]
        if turn % 2:
            told = chance.choice(known)
            cut = chance.randint(0, len(told))
            events = [*told[:cut], *events[:1], *told[cut + chance.randint(0, 1) :]]
        story = replay(events, frozenset(chance.sample(marks, 2)))
        for rule in catalogue.RULES:
            if list(rule.look(story, DEFAULTS)):
                seen.add(rule.CODE)
                assert rule.EVENTS & (story.events.codes() | story.marks), rule.CODE
    assert seen == {rule.CODE for rule in catalogue.RULES}


def test_a_wait_ends_with_its_event_or_with_the_capture() -> None:
    closed = case(SERVED + "3 S FIN\n3.01 C ACK_OF_FIN\n8 C FIN\n8.5 C FIN_AGAIN", until=99)
    told, fin = (closed.story.events.indexes({code}, "client") for code in ("ACK_OF_FIN", "FIN"))

    assert catalogue.measure(closed.connection, Wait(told, (), until=fin[0])) == 4_990_000_000
    assert catalogue.measure(closed.connection, Wait(told, ())) == 95_990_000_000


def test_filters_name_at_most_64_frames() -> None:
    connection = case(OPENED, until=9).connection
    narrowed = display_filter(connection, range(1, 101))

    assert narrowed.count(",") == 63
    assert "32, 69" in narrowed


def test_filters_of_a_connection_to_itself_name_each_value_once() -> None:
    connection = case(OPENED, until=9).connection
    looped = replace(connection, server=connection.client)

    assert display_filter(looped) == "ip.addr == 10.0.0.5 && tcp.port == 51234"


def test_tshark_accepts_every_filter(tmp_path: Path) -> None:
    tshark = need_tool("tshark")
    empty = tmp_path / "empty.pcap"
    empty.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    many = display_filter(case(OPENED, until=9).connection, range(1, 101))
    filters = {finding.display_filter for finding in all_findings()} | {many}
    service = Endpoint("2001:db8::9", 80)
    filters |= {Pile(end, "2001:db8::5", service, [1], 1).display_filter for end in ENDS}

    alternatives = " || ".join(f"({each})" for each in sorted(filters))
    run = subprocess.run(
        [tshark, "-r", empty, "-Y", alternatives], capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, run.stderr
