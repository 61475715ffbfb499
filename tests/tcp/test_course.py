"""Questions asked of a course, against the same questions asked of a plain list."""

import random

from pcapflow.model import ENDS, End
from pcapflow.tcp.codes import CODES
from pcapflow.tcp.course import Course

CLOSE = Course(
    [
        ("FIN", "client"),
        ("FIN_AGAIN", "client"),
        ("ACK_OF_FIN", "server"),
        ("FIN", "server"),
        ("ACK_OF_FIN", "client"),
    ]
)


def test_a_course_is_asked_what_happened_to_whom() -> None:
    assert CLOSE.has({"FIN_AGAIN"})
    assert CLOSE.has({"FIN_AGAIN", "RST_REPLY"}, "client")
    assert not CLOSE.has({"FIN_AGAIN"}, "server")
    assert CLOSE.codes("server") == {"ACK_OF_FIN", "FIN"}
    assert CLOSE.codes() == {"FIN", "FIN_AGAIN", "ACK_OF_FIN"}
    assert CLOSE.of("server") == [(2, "ACK_OF_FIN"), (3, "FIN")]


def test_a_course_is_asked_where() -> None:
    assert CLOSE.first({"FIN"}) == 0
    assert CLOSE.last({"FIN"}) == 3
    assert CLOSE.indexes({"ACK_OF_FIN", "FIN_AGAIN"}) == (1, 2, 4)
    assert CLOSE.first({"RST_REPLY"}) is CLOSE.last({"FIN_AGAIN"}, "server") is None


def test_a_course_knows_the_fins_and_their_acknowledgements() -> None:
    assert CLOSE.fin == {"client": 0, "server": 3}
    assert CLOSE.ack_of_fin == {"client": 2, "server": 4}
    assert Course([("FIN", "client")]).ack_of_fin == {"client": None, "server": None}


def test_after_and_before_leave_out_the_event_itself() -> None:
    assert CLOSE.first({"FIN"}, after=0) == 3
    assert CLOSE.last({"FIN"}, before=3) == 0
    assert not CLOSE.has({"FIN"}, "client", after=0)
    assert not CLOSE.has({"FIN"}, before=0)


def test_a_course_answers_as_a_search_would() -> None:
    chance = random.Random(9293)
    names = list(CODES)[:9]
    for _ in range(3_000):
        events: list[tuple[str, End]] = [
            (chance.choice(names), chance.choice(ENDS)) for _ in range(chance.randint(0, 8))
        ]
        course = Course(events)
        codes = set(chance.sample(names, 2))
        end = chance.choice((None, *ENDS))
        after, before = chance.randint(-1, 8), chance.randint(0, 9)
        where = [i for i, (c, who) in enumerate(events) if c in codes and end in (None, who)]
        behind = [i for i in where if i > after]

        assert course.indexes(codes, end, after=after) == tuple(behind)
        assert course.first(codes, end, after=after) == min(behind, default=None)
        assert course.has(codes, end, after=after) == bool(behind)
        assert course.has(codes, end, after=after, before=before) == any(i < before for i in behind)
        assert course.last(codes, end) == max(where, default=None)
        assert course.last(codes, end, before=before) == max(
            (i for i in where if i < before), default=None
        )
