"""Host profiles and thresholds, all in one place, each with its source.  Units: nanoseconds."""

from __future__ import annotations

from pcapflow.values import Record

MS = 1_000_000
SECOND = 1_000_000_000


class Profile(Record):
    """What one family of kernels does by default."""

    name: str
    two_msl: int
    source: str
    remark: str = ""
    """What else a reader should know who remembers another number."""


PROFILES: dict[str, Profile] = {
    p.name: p
    for p in (
        Profile("linux", 60 * SECOND, "TCP_TIMEWAIT_LEN, include/net/tcp.h", "fixed"),
        Profile("freebsd", 60 * SECOND, "net.inet.tcp.msl, 30 s"),
        Profile("macos", 30 * SECOND, "net.inet.tcp.msl, 15 s"),
        Profile(
            "windows",
            120 * SECOND,
            "TcpTimedWaitDelay of Server 2003; newer releases: an assumption",
            "Windows NT and 2000 kept to the classic four minutes, 240 s",
        ),
        Profile(
            "solaris",
            60 * SECOND,
            "_time_wait_interval of Solaris 11, tcp_time_wait_interval since Solaris 9",
            "Solaris 8 and before kept to the classic four minutes, 240 s; the parameter was once "
            "misleadingly named tcp_close_wait_interval: nothing tunes CLOSE_WAIT",
        ),
        Profile("rfc9293", 240 * SECOND, "RFC 9293 §3.4.2: MSL is two minutes"),
    )
}


class Timer(Record):
    """What other people's software keeps to unless it is told otherwise."""

    name: str
    length: int
    source: str
    times: int = 1
    """So often one after the other."""


KERNELS: dict[str, Timer] = {
    t.name: t
    for t in (
        Timer(
            "linux-fin-wait-2",
            60 * SECOND,
            "net.ipv4.tcp_fin_timeout: an orphan's FIN_WAIT_2; after shutdown() there is none",
        ),
        Timer("linux-keepalive-idle", 7200 * SECOND, "net.ipv4.tcp_keepalive_time"),
        Timer(
            "linux-keepalive-probes",
            75 * SECOND,
            "net.ipv4.tcp_keepalive_intvl, tcp_keepalive_probes",
            times=9,
        ),
    )
}
"""How long kernels wait beside TIME_WAIT."""


class Limit(Record):
    """At most so many ``within`` a time: answers that are missing may have been held back."""

    name: str
    most: int
    within: int
    source: str


LIMITS: dict[str, Limit] = {
    limit.name: limit
    for limit in (
        Limit("challenge-ack", 10, 5 * SECOND, "RFC 5961 §7: challenge ACKs of a host, by default"),
        Limit(
            "linux-challenge-ack",
            1000,
            SECOND,
            "net.ipv4.tcp_challenge_ack_limit, of a host, Linux 4.7 to 6.0; without limit since",
        ),
        Limit(
            "linux-re-ack",
            1,
            500 * MS,
            "net.ipv4.tcp_invalid_ratelimit, of a socket: TIME_WAIT's ACKs of a FIN that comes "
            "again, and challenge ACKs",
        ),
    )
}

PORTS = Limit(
    "linux-ports",
    28_232,
    60 * SECOND,
    "net.ipv4.ip_local_port_range, 32768 to 60999: of one address towards one address and port, "
    "each taken for TIME_WAIT: 470 connections a second",
)
DESCRIPTORS = (1_024, 65_536)
"""Open files of a process: RLIMIT_NOFILE by default, and as servers are often given."""

MIDDLEBOXES: dict[str, Timer] = {
    t.name: t
    for t in (
        Timer("aws-nlb", 350 * SECOND, "AWS Network Load Balancer: TCP idle timeout, default"),
        Timer("aws-alb", 60 * SECOND, "AWS Application Load Balancer: idle timeout, default"),
        Timer("aws-nat-gateway", 350 * SECOND, "AWS NAT gateway: idle timeout; then RSTs"),
        Timer("azure-lb", 240 * SECOND, "Azure Load Balancer: idle timeout, default; then silence"),
        Timer("gcp", 600 * SECOND, "Google Cloud VPC: connection tracking of the firewall"),
        Timer("ipvs", 900 * SECOND, "Linux IPVS: ipvsadm --set, tcp"),
        Timer(
            "conntrack-established", 432_000 * SECOND, "nf_conntrack_tcp_timeout_established: 5 d"
        ),
        Timer("conntrack-close-wait", 60 * SECOND, "nf_conntrack_tcp_timeout_close_wait"),
        Timer("conntrack-fin-wait", 120 * SECOND, "nf_conntrack_tcp_timeout_fin_wait"),
        Timer("conntrack-last-ack", 30 * SECOND, "nf_conntrack_tcp_timeout_last_ack"),
    )
}
"""After how long a silence boxes between the ends forget a connection."""

NEAR_SHARE = 0.15
"""An end whose share of the handshake's round trip is below this is where the capture was made."""
NEAR_LEAST = 300_000
"""Below this whole round trip kernels' own delays hide the difference."""
OWN_HOST = 500_000
"""An end answers a capture point on its own host within this; farther off, segments may be lost on
the way between the two."""


class Settings(Record):
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
    max_connections: int = 1_000_000
    """So many may be open at once; for one more, the quietest is closed early."""
    teardowns_only: bool = False
    """Only SYN, FIN and RST were captured: what rests on data or on bare ACKs is not judged."""

    @property
    def two_msl(self) -> int:
        return self.profile.two_msl if self.time_wait is None else self.time_wait

    @property
    def assumption(self) -> str:
        """What every end of a TIME_WAIT rests on that the clock alone shows."""
        seconds = f"{self.two_msl / SECOND:.12g} s"
        if self.time_wait is not None:
            return f"2MSL of {seconds}, as given"
        return f"2MSL of {self.profile.name}: {seconds} ({self.profile.source})"


DEFAULTS = Settings()
