"""The list of interfaces, beside what ip(8) says."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from pcapflow.capture import interfaces
from pcapflow.errors import UsageError
from tests.cli.program import pcapflow
from tests.conftest import need_root, need_tool
from tests.lab.namespaces import Namespace

SCRIPT = """\
link set lo up
link add eth0 type veth peer name eth1
link add eth2 type veth peer name eth3
address add 10.9.0.1/24 dev eth0
address add 10.9.0.2/24 dev eth0
address add fd09::1/64 dev eth0 nodad
address add 10.9.1.1 peer 10.9.1.2 dev eth1
link set eth0 up
link set eth1 up
link set eth2 up
"""


def test_names_states_and_addresses_are_those_that_ip_tells() -> None:
    need_root()
    ip = need_tool("ip")
    space = Namespace()
    try:
        with space.entered():
            subprocess.run([ip, "-batch", "-"], input=SCRIPT, text=True, check=True)
            asked = [ip, "-j", "address"]
            told, before = subprocess.run(asked, capture_output=True, text=True, check=True), ""
            for _ in range(20):  # link-local addresses come a moment later
                if told.stdout == before:
                    break
                before = told.stdout
                found = {each.name: each for each in interfaces.interfaces()}
                told = subprocess.run(asked, capture_output=True, text=True, check=True)
            listed = pcapflow("interfaces")
    finally:
        space.close()

    for link in json.loads(told.stdout):
        each = found.pop(link["ifname"])
        assert set(each.addresses) == {info["local"] for info in link["addr_info"]}
        assert (each.state == "down") == ("UP" not in link["flags"])
        assert (each.state == "no carrier") == ("NO-CARRIER" in link["flags"])
    assert not found
    assert listed.code == 0
    assert "10.9.0.1, 10.9.0.2, fd09::1" in listed.out
    assert "no carrier" in listed.out


def test_an_interface_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"there is no interface 'eth99'\. Try one of: .*any"):
        interfaces.check("eth99")


def test_a_name_that_is_no_utf_8_is_looked_at_all_the_same() -> None:
    """The kernel takes any octets; here no interface has them."""
    assert not interfaces.is_up(os.fsdecode(b"\xff\x1b[31m"))
