"""Makes the stage: two hosts and a wire, each in a network namespace of its own.

The namespaces have no names. They live as long as the descriptors held here, so the kernel
removes them, and the interfaces in them, even when the lab is killed.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import LabError
from .segment import ROLES, Role, peer_of

CLONE_NEWNET = 0x40000000
HOST_INTERFACE = "eth0"
FIRST_SUBNET, LAST_SUBNET = 1, 254

# Short where Linux lets them be, so that sockets which nobody will ever answer soon go away.
SHORT_TIMERS = {
    "tcp_syn_retries": 2,
    "tcp_synack_retries": 2,
    "tcp_retries2": 6,
    "tcp_orphan_retries": 6,
}

_libc = ctypes.CDLL(None, use_errno=True)


def _call(function: str, *arguments: int) -> None:
    if getattr(_libc, function)(*arguments) != 0:
        code = ctypes.get_errno()
        raise LabError(f"{function}: {os.strerror(code)}")


def _own_namespace() -> int:
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


class Namespace:
    """A network namespace without a name, kept alive by its descriptor."""

    def __init__(self) -> None:
        home = _own_namespace()
        try:
            _call("unshare", CLONE_NEWNET)
            self.descriptor = _own_namespace()
        finally:
            _call("setns", home, CLONE_NEWNET)
            os.close(home)

    @property
    def path(self) -> str:
        """Where other processes find it, for example `nsenter --net=PATH ss -tan`."""
        return f"/proc/{os.getpid()}/fd/{self.descriptor}"

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Within it this thread is inside: sockets made and programs started belong there."""
        home = _own_namespace()
        try:
            _call("setns", self.descriptor, CLONE_NEWNET)
            yield
        finally:
            _call("setns", home, CLONE_NEWNET)
            os.close(home)

    def close(self) -> None:
        os.close(self.descriptor)


@dataclass(frozen=True)
class Network:
    """The stage: `hosts` have one interface each, whose other ends are in `wire`."""

    subnet: int
    hosts: dict[Role, Namespace]
    wire: Namespace
    sysctls: dict[str, int]
    family: socket.AddressFamily = socket.AF_INET
    offload: bool = False

    def address(self, role: Role) -> str:
        host = 1 if role == "client" else 2
        if self.family == socket.AF_INET6:
            return f"fd00:a4d:{self.subnet:x}::{host}"
        return f"10.77.{self.subnet}.{host}"

    def mac(self, role: Role) -> str:
        return f"02:00:0a:4d:{self.subnet:02x}:{1 if role == 'client' else 2:02x}"

    @contextmanager
    def unreachable(self, role: Role, kind: str) -> Iterator[None]:
        """Within it that host routes what comes for it, and a route of this kind refuses it.

        Its kernel answers by ICMP: `prohibit` (administratively prohibited) or `unreachable` (host
        unreachable), see ip-route(8).
        """
        address = self.address(role)
        local = f"local {address} dev {HOST_INTERFACE} table local"
        with self.hosts[role].entered():
            _write_sysctl("net/ipv4/ip_forward", 1)
            _ip(f"route del {local}", f"route add {kind} {address}/32")
        try:
            yield
        finally:
            with self.hosts[role].entered():
                _ip(f"route del {kind} {address}/32", f"route add {local}")

    def wire_interface(self, role: Role) -> str:
        return f"to-{role}"


@contextmanager
def network(
    preferred_subnet: int,
    sysctls: Mapping[str, int],
    *,
    family: socket.AddressFamily = socket.AF_INET,
    offload: bool = False,
    loopback: bool = False,
) -> Iterator[Network]:
    """Build a network of two hosts and a wire, with addresses that no other lab uses now.

    `loopback`: both hosts are one, whose interface `lo` has both addresses.
    """
    with ExitStack() as stack:
        subnet = stack.enter_context(_leased_subnet(preferred_subnet))
        spaces = {name: Namespace() for name in (*ROLES, "wire")}
        for space in spaces.values():
            stack.callback(space.close)
        hosts = {role: spaces["client" if loopback else role] for role in ROLES}
        timers = {**SHORT_TIMERS, **sysctls}
        built = Network(subnet, hosts, spaces["wire"], timers, family, offload)
        if loopback:
            _configure_loopback(built)
        else:
            _configure(built)
        yield built


@contextmanager
def _leased_subnet(preferred: int) -> Iterator[int]:
    """Tracepoints do not tell namespaces apart, so an address is used by one lab at a time.

    A bound abstract socket is the lease: the kernel returns it when its owner dies.
    """
    order = [preferred, *reversed(range(FIRST_SUBNET, LAST_SUBNET + 1))]
    for subnet in order:
        lease = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            lease.bind(f"\0pcapflow-lab-10.77.{subnet}")
        except OSError:
            lease.close()
            continue
        with lease:
            yield subnet
        return
    raise LabError("all subnets of 10.77.0.0/16 are in use by other labs")


def _configure_loopback(net: Network) -> None:
    with net.hosts["client"].entered():
        _write_tcp_sysctls(net)
        _ip("link set lo up", *(f"address add {net.address(role)}/32 dev lo" for role in ROLES))


def _configure(net: Network) -> None:
    for space in (*net.hosts.values(), net.wire):
        with space.entered():
            _write_sysctl("net/ipv6/conf/all/disable_ipv6", 1)
            _write_sysctl("net/ipv6/conf/default/disable_ipv6", 1)
    with net.wire.entered():
        _ip(
            *(
                f"link add {net.wire_interface(role)} type veth peer name {HOST_INTERFACE}"
                f" address {net.mac(role)} netns {host.path}"
                for role, host in net.hosts.items()
            ),
            *(f"link set {net.wire_interface(role)} up" for role in ROLES),
        )
    for role, host in net.hosts.items():
        with host.entered():
            _write_tcp_sysctls(net)
            _configure_host(net, role)


def _configure_host(net: Network, role: Role) -> None:
    peer = peer_of(role)
    if net.family == socket.AF_INET6:
        _be_quiet_about_ipv6()
    _ip(
        "link set lo up",
        f"address add {net.address(role)}/{_prefix(net)} dev {HOST_INTERFACE}",
        f"link set {HOST_INTERFACE} up",
        # A permanent neighbour keeps ARP off the wire: recordings hold TCP and nothing else.
        f"neighbour add {net.address(peer)} lladdr {net.mac(peer)} dev {HOST_INTERFACE}"
        " nud permanent",
    )
    if not net.offload:
        # The captured segments and checksums are then those that travelled.
        features = [word for name in ("tx", "rx", "tso", "gso", "gro") for word in (name, "off")]
        _run(["ethtool", "-K", HOST_INTERFACE, *features])


def _prefix(net: Network) -> str:
    return "64 nodad" if net.family == socket.AF_INET6 else "24"


def _be_quiet_about_ipv6() -> None:
    """No link-local address, no router asked for, no group joined: TCP and nothing else."""
    _ip(f"link set {HOST_INTERFACE} arp off multicast off")
    for name, value in (("addr_gen_mode", 1), ("accept_ra", 0), ("disable_ipv6", 0)):
        _write_sysctl(f"net/ipv6/conf/{HOST_INTERFACE}/{name}", value)


def _write_tcp_sysctls(net: Network) -> None:
    for name, value in net.sysctls.items():
        _write_sysctl(f"net/ipv4/{name}", value)


def _write_sysctl(name: str, value: int) -> None:
    (Path("/proc/sys") / name).write_text(f"{value}\n")


def _ip(*commands: str) -> None:
    _run(["ip", "-batch", "-"], "\n".join(commands))


def _run(command: list[str], script: str = "") -> None:
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{' '.join(command)}: {done.stderr.strip()}\n{script}")
