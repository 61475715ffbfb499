"""Host profiles and other people's timers: the numbers that a reader may look up."""

from __future__ import annotations

import pytest

from pcapflow.tcp.timers import KERNELS, LIMITS, MIDDLEBOXES, MS, PROFILES, SECOND, Settings

TWO_MSL = {
    "linux": 60,
    "freebsd": 60,
    "macos": 30,
    "windows": 120,
    "solaris": 60,
    "rfc9293": 240,
}
IDLE = {
    "aws-nlb": 350,
    "aws-alb": 60,
    "aws-nat-gateway": 350,
    "azure-lb": 240,
    "gcp": 600,
    "ipvs": 900,
    "conntrack-established": 432_000,
    "conntrack-close-wait": 60,
    "conntrack-fin-wait": 120,
    "conntrack-last-ack": 30,
}


def test_time_wait_lasts_as_long_as_each_kernel_says() -> None:
    assert {name: p.two_msl / SECOND for name, p in PROFILES.items()} == TWO_MSL


def test_middleboxes_forget_after_their_makers_defaults() -> None:
    assert {name: t.length / SECOND for name, t in MIDDLEBOXES.items()} == IDLE


def test_linux_keeps_alive_for_two_hours_eleven_minutes_and_fifteen_seconds() -> None:
    idle, probes = KERNELS["linux-keepalive-idle"], KERNELS["linux-keepalive-probes"]
    assert idle.length + probes.times * probes.length == (2 * 3600 + 11 * 60 + 15) * SECOND


def test_a_timer_names_what_it_assumes() -> None:
    linux = "2MSL of linux: 60 s (TCP_TIMEWAIT_LEN, include/net/tcp.h)"
    assert Settings().assumption == linux
    assert Settings(time_wait=30 * SECOND).assumption == "2MSL of 30 s, as given"
    assert Settings(time_wait=500 * MS).assumption == "2MSL of 0.5 s, as given"


def test_a_repeated_fin_draws_no_second_ack_within_half_a_second() -> None:
    again, challenge = LIMITS["linux-re-ack"], LIMITS["challenge-ack"]
    assert (again.most, again.within) == (1, SECOND // 2)
    assert (challenge.most, challenge.within) == (10, 5 * SECOND)


@pytest.mark.parametrize("name", ["windows", "solaris"])
def test_the_four_minutes_that_people_remember_are_history(name: str) -> None:
    assert "four minutes, 240 s" in PROFILES[name].remark


@pytest.mark.parametrize(
    "each",
    [*PROFILES.values(), *KERNELS.values(), *LIMITS.values(), *MIDDLEBOXES.values()],
    ids=lambda e: e.name,
)
def test_every_number_has_its_source(each: object) -> None:
    assert getattr(each, "source", "")
