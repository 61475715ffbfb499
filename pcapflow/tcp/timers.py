"""Host profiles and thresholds, all in one place, each with its source.  Units: nanoseconds."""

from __future__ import annotations

from pcapflow.model import Record

MS = 1_000_000
SECOND = 1_000_000_000


class Profile(Record, frozen=True):
    """What one family of kernels does by default."""

    name: str
    two_msl: int
    source: str


PROFILES: dict[str, Profile] = {
    p.name: p
    for p in (
        Profile("linux", 60 * SECOND, "TCP_TIMEWAIT_LEN, include/net/tcp.h (fixed)"),
        Profile("freebsd", 60 * SECOND, "net.inet.tcp.msl, 30 s"),
        Profile("macos", 30 * SECOND, "net.inet.tcp.msl, 15 s"),
        Profile("windows", 120 * SECOND, "TcpTimedWaitDelay of Server 2003; newer: an assumption"),
        Profile("solaris", 60 * SECOND, "_time_wait_interval of Solaris 11"),
        Profile("rfc9293", 240 * SECOND, "RFC 9293 §3.4.2: MSL is two minutes"),
    )
}


class Settings(Record, frozen=True):
    """The thresholds of one analysis; options of the command line change these."""

    profile: Profile = PROFILES["linux"]
    time_wait: int | None = None
    """TIME_WAIT's length where the user states it; else the profile's."""
    close_wait_after: int = 60 * SECOND
    """CLOSE_WAIT silent for this long is a warning."""
    close_wait_notice: int = 10 * SECOND
    """... and for this long worth a note ("not closed yet")."""
    unanswered_after: int = 3 * SECOND
    """A FIN or SYN unanswered while the capture runs on for this long is a finding."""

    @property
    def two_msl(self) -> int:
        return self.profile.two_msl if self.time_wait is None else self.time_wait


DEFAULTS = Settings()
