"""What is claimed as certain is true: two honest endpoints over a wire that is not."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from pcapflow.model import ENDS, Connection
from tests.engine.observed import connections
from tests.properties.honest import FATES, MS, START, Play, Scene

CLOSING = frozenset(
    {"FIN_WAIT_1", "FIN_WAIT_2", "CLOSING", "TIME_WAIT", "CLOSE_WAIT", "LAST_ACK", "CLOSED"}
)

deeds = st.tuples(
    st.integers(40, 900),
    st.sampled_from("CS"),
    st.one_of(st.none(), st.sampled_from([1, 100, 1400])),
)
scenes = st.builds(
    Scene,
    to_client=st.integers(0, 20),
    to_server=st.integers(0, 20),
    fates=st.text(st.sampled_from("-----" + "".join(FATES)), max_size=30),
    does=st.lists(deeds, max_size=7).map(tuple),
    until=st.integers(60, 4000),
)

ORDERLY = ((100, "C", 100), (150, "S", 100), (300, "C", None), (400, "S", None))
AT_ONCE = ((100, "C", 100), (300, "C", None), (300, "S", None))


def played(scene: Scene) -> tuple[Play, Connection]:
    """The play, and its (first) connection as the tap shows it."""
    play = Play(scene)
    assume(play.captured)
    found = connections(*play.captured)
    assume(len(found) == 1 and found[0].client.port == 51234)
    return play, found[0]


def false_claims(scene: Scene, claimed: frozenset[str] | None = None) -> list[str]:
    """Claims made with certainty that are not so; of these states only, where given."""
    play, found = played(scene)
    wrong = []
    for end, host, state, why in zip(
        ENDS, (play.client, play.server), found.states, found.state_evidence, strict=True
    ):
        if why.confidence != "certain" or (claimed is not None and state not in claimed):
            continue
        true = play.true_states(host, found.capture_end)
        if state not in true:
            wrong.append(f"{end} {state}, in truth {sorted(true)}; {found.shape}")
    return wrong


@given(scenes)
@settings(max_examples=250, deadline=None)
@example(Scene(5, 5, "", ORDERLY, 1000))
@example(Scene(5, 5, "", AT_ONCE, 1000))
@example(Scene(10, 0, "-------a", AT_ONCE, 420))
@example(
    Scene(0, 0, "2a2a22222J", ((40, "C", None), (40, "S", None), (40, "C", 1), (40, "S", 1)), 601)
)
def test_certain_states_of_closing_are_true(scene: Scene) -> None:
    """All but CLOSE_WAIT, which a FIN lost before the tap leaves unseen (see below)."""
    assert not false_claims(scene, CLOSING - {"CLOSE_WAIT"})


@given(scenes)
@settings(max_examples=250, deadline=None)
@example(Scene(5, 5, "-----bb-b", ((100, "C", 100), (300, "C", None), (600, "S", 100)), 650))
def test_certain_states_are_true(scene: Scene) -> None:
    assert not false_claims(scene)


@given(scenes)
@settings(max_examples=150, deadline=None)
def test_evidence_of_the_ends_own_segments_is_true(scene: Scene) -> None:
    """A state entered by ``sent`` or ``acked`` was one that the end has been in.

    Nothing is lost or late before the tap here: an end whose own FIN is unseen is shown one
    state behind, and only what it sent next can hint at that.
    """
    scene = replace(scene, fates=scene.fates.replace("b", "a").replace("J", "j"))
    play, found = played(scene)
    for end, host in zip(ENDS, (play.client, play.server), strict=True):
        been = {state for _, state in host.history}
        for transition in found.transitions:
            if transition.end == end and transition.evidence in ("sent", "acked"):
                assert transition.after in been, (transition, found.shape)


@given(scenes)
@settings(max_examples=150, deadline=None)
def test_fins_are_counted_and_paths_hang_together(scene: Scene) -> None:
    play, found = played(scene)
    for end, name, fin in zip(ENDS, "CS", found.fin, strict=True):
        sent = [p for p in play.captured if p.end == name and p.flags & 1]
        assert (fin.sent if fin else 0) == len(sent)
        own = [t for t in found.transitions if t.end == end]
        for earlier, later in pairwise(own):
            assert earlier.after == later.before, found.shape
    assert found.first == play.captured[0].time
    assert found.capture_end == play.captured[-1].time


@given(scenes)
@settings(max_examples=100, deadline=None)
def test_a_wire_that_loses_nothing_is_read_without_error(scene: Scene) -> None:
    scene = Scene(scene.to_client, scene.to_server, "", scene.does, scene.until)
    # What is on its way to the tap when the capture ends can turn the story round.
    assume(all(at + 4 * (scene.to_client + scene.to_server) < scene.until for at, *_ in scene.does))
    play, found = played(scene)
    for host, state in zip((play.client, play.server), found.states, strict=True):
        if found.last > START + 60 * MS:
            assert state in play.true_states(host, found.capture_end) | {"UNKNOWN"}
    closed = [who for _, who, octets in sorted(scene.does, key=lambda d: d[0]) if octets is None]
    if closed and found.first_closer not in (None, "both"):
        assert found.first_closer == ("client" if closed[0] == "C" else "server")
