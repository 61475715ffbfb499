"""Questions that people ask of netstat and of their logs, and what there is to answer.

``pcapflow explain TOPIC`` tells them, and docs/findings.md has them too.
"""

from __future__ import annotations

from pcapflow.values import Record

__all__ = ["QUESTIONS", "Question", "question"]


class Question(Record):
    """One question: the ``topic`` to type, the answer in paragraphs, the codes to go on with."""

    topic: str
    asked: str
    answer: tuple[str, ...]
    codes: tuple[str, ...]
    source: str


QUESTIONS: tuple[Question, ...] = (
    Question(
        topic="close-wait",
        asked="netstat is full of CLOSE_WAIT. What does it mean, and how do I resolve it?",
        answer=(
            "The peer has closed each of these connections, the kernel here has acknowledged that "
            "and told the program (its read returned end-of-file), and now it waits for the "
            "program to call close(). It waits for ever: no timer ends CLOSE_WAIT. So it is the "
            "program on this host that holds them, not the network and not the peer.",
            "Some that come and go are normal. A number that only grows is a leak: each one keeps "
            "a descriptor and memory until the process ends.",
            "Find the program: ss -tanp state close-wait. Look there for a path without close(): "
            "a return or an exception before it, a reply that is not read to its end, a pool that "
            "keeps what the server closed. A restart frees them, until it happens again. pcapflow "
            "analyze tells from a capture since when, how fast, and towards which service.",
        ),
        codes=("close-wait-pileup", "close-wait-leak"),
        source="RFC 9293 §3.6; Linux tcp_fin()",
    ),
    Question(
        topic="too-many-open-files",
        asked="A program fails with 'too many open files' (EMFILE). What has TCP to do with it?",
        answer=(
            "A socket is a descriptor, and a process has 1,024 of them unless it is told otherwise "
            "(ulimit -n; servers are often given 65,536). Sockets that are never closed use them "
            "up; then accept(), connect() and open() fail.",
            "Count what they are: ls /proc/PID/fd | wc -l, and ss -tanp by state. Many in "
            "CLOSE_WAIT: the program leaks them (pcapflow explain close-wait). Many in "
            "ESTABLISHED: it needs that many, or its peers are gone and it sends no keep-alives. "
            "TIME_WAIT and an orphan's FIN_WAIT_2 hold no descriptor: the program has closed them.",
            "A higher limit gains time, by as much as it is higher, and repairs no leak.",
        ),
        codes=("close-wait-pileup",),
        source="getrlimit(2), RLIMIT_NOFILE; accept(2)",
    ),
    Question(
        topic="fin-wait-2",
        asked="Connections are stuck in FIN_WAIT_2. Whose fault is it?",
        answer=(
            "The other end's. This host has closed, the peer has acknowledged that, and its own "
            "FIN does not come: there the connection is in CLOSE_WAIT and its program does not "
            "close. The end in FIN_WAIT_2 is the victim.",
            "The classic case: a web server (Apache) that closes idle connections of browsers "
            "which do not close in return. The server fills up with FIN_WAIT_2, each browser holds "
            "one CLOSE_WAIT. Name both: the server suffers, the clients must close.",
            "Linux forgets such a socket after 60 s (net.ipv4.tcp_fin_timeout) where the program "
            "had called close(): then it is an orphan, and costs memory but no descriptor. After "
            "shutdown(SHUT_WR) the program still holds it, and there is no limit: let it call "
            "close(), or set a timeout for the rest of the reply. Late data for a forgotten one "
            "draws a RST.",
        ),
        codes=("fin-wait-2-pileup", "close-wait-leak", "reset-closed-socket"),
        source="RFC 9293 §3.6; Linux tcp_close(), net.ipv4.tcp_fin_timeout, tcp_max_orphans",
    ),
    Question(
        topic="close-was-called",
        asked="The program calls close(), and CLOSE_WAIT stays. How can that be?",
        answer=(
            "The last close() of a socket always leaves CLOSE_WAIT: it sends the FIN. If the state "
            "stays, it was not the last: another descriptor still holds the same socket. A child "
            "that was forked while it was open, a dup(), a descriptor that was passed to another "
            "process, or a wrapper object that waits for the garbage collector.",
            "Find it: ss -tanpe state close-wait shows every process that holds it; lsof -i :PORT "
            "does too. Set close-on-exec on sockets (SOCK_CLOEXEC; Python does), close them in "
            "children, close wrappers by with or finally.",
            "shutdown(SHUT_WR) sends the FIN whoever else holds the socket; the descriptor must be "
            "closed all the same. And a FIN may be on its way without having left: behind data "
            "that the peer's closed window holds back, the state is LAST_ACK and nothing shows on "
            "the wire.",
        ),
        codes=("close-wait-leak", "fin-unanswered"),
        source="close(2), fork(2), shutdown(2); Linux tcp_close(), sock_close()",
    ),
    Question(
        topic="tuning",
        asked="Which kernel setting shortens CLOSE_WAIT?",
        answer=(
            "None, on any system. CLOSE_WAIT has no timer: the kernel waits for the program, and "
            "cannot know whether that still wants to send.",
            "tcp_close_wait_interval of old Solaris never did it in spite of its name: it was the "
            "length of TIME_WAIT, and is called tcp_time_wait_interval since. "
            "net.ipv4.tcp_fin_timeout is for an orphan's FIN_WAIT_2 at the other end. Keep-alives "
            "find out that a peer is gone (tcp_keepalive_time, 2 hours by default); a peer that "
            "merely closed answers them.",
            "What helps is in the program: close() when a read returns end-of-file, timeouts for "
            "idle connections, a pool that checks what it hands out.",
        ),
        codes=("close-wait-leak", "close-wait-pileup"),
        source="RFC 9293 §3.6; Solaris 8 and 9 tunable parameters; tcp(7)",
    ),
    Question(
        topic="half-closes",
        asked="Is a half-closed connection legal, or a fault?",
        answer=(
            "Legal. TCP closes each direction by itself: an end that has sent its FIN may go on "
            "receiving for as long as the other one sends, for hours if need be. A client that "
            "ends its request by shutdown(SHUT_WR) and then reads the reply does this on purpose.",
            "It is a fault only where the open end has nothing more to say and does not close. "
            "That cannot be seen at once; pcapflow calls it a leak only where no reply is owed and "
            "nothing was sent for long.",
            "Some boxes on the path dislike it: firewalls and load balancers often keep a "
            "half-closed connection for a minute or two only, and then drop what comes.",
        ),
        codes=("half-close", "close-wait-leak"),
        source="RFC 9293 §3.6, §3.10.4; RFC 1122 §4.2.2.13; nf_conntrack_tcp_timeout_close_wait",
    ),
    Question(
        topic="time-wait",
        asked="netstat is full of TIME_WAIT. Is that harmful, and can I get rid of it?",
        answer=(
            "Seldom. TIME_WAIT is where the end that closed first waits for 2MSL (60 s on Linux): "
            "so that it can acknowledge the last FIN again, and so that no old segment is taken "
            "for one of a new connection. It ends by itself, holds no descriptor, and takes a few "
            "hundred octets of memory. At a server, thousands of it are normal.",
            "It presses in one case: a client that opens and closes very many connections to the "
            "same address and port. Each keeps its port for 60 s, and Linux has 28,232 of them: at "
            "more than 470 connections a second connect() fails with EADDRNOTAVAIL.",
            "Then keep connections open and use them again. Else let the server close first, widen "
            "net.ipv4.ip_local_port_range, use more addresses, or set net.ipv4.tcp_tw_reuse=1 at "
            "the client. tcp_tw_recycle broke clients behind NAT and is gone; SO_LINGER with 0 "
            "avoids TIME_WAIT by RST, and loses data. A server that cannot bind its port after a "
            "restart needs SO_REUSEADDR.",
        ),
        codes=("time-wait-pressure", "time-wait-reuse", "time-wait-refused"),
        source="RFC 9293 §3.6.1; RFC 1337; Linux TCP_TIMEWAIT_LEN, ip-sysctl",
    ),
)

_SPELLED = {"fin-wait2": "fin-wait-2", "finwait2": "fin-wait-2", "closewait": "close-wait"}
_SPELLED |= {"timewait": "time-wait", "emfile": "too-many-open-files"}


def question(topic: str) -> Question | None:
    """The question that somebody means: by its topic, or by a state as netstat or ss spell it."""
    name = topic.strip().lower().replace("_", "-").replace(" ", "-")
    name = _SPELLED.get(name, name)
    return next((each for each in QUESTIONS if each.topic == name), None)
