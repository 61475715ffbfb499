"""Addresses under other names: everywhere, consistently, and nothing else."""

from __future__ import annotations

import pytest

from pcapflow.draw import SUFFIXES, render
from pcapflow.model import Endpoint, Unreachable
from pcapflow.scene import Names, scene
from pcapflow.scene.marks import Arrow, Band, Fold, Plate, Text
from pcapflow.values import replace
from tests.scene.demo import DEMOS


@pytest.mark.parametrize("name", DEMOS)
def test_no_address_is_left_in_any_form(name: str) -> None:
    connection, segments, info = DEMOS[name]()
    hidden = [connection.client.ip, connection.server.ip, connection.community_id]
    names = Names()
    redacted = names.connection(connection)
    picture = scene(redacted, segments, names.info(info), "1.0.0")
    words = [m.words for m in picture.marks if isinstance(m, Text)]
    for mark in picture.marks:
        if isinstance(mark, Band | Arrow | Fold | Plate):
            words += [text.words for text in mark.texts]
    read = [s for s in SUFFIXES if s not in (".png", ".pdf") and (s != ".svg" or name == "ipv6")]
    forms = [render(picture, suffix).decode() for suffix in read]
    for told in (" ".join(words), "".join(words), *forms):
        assert [secret for secret in hidden if secret in told] == []
    assert f"client-1:{connection.client.port}" in " ".join(words)


def test_an_address_keeps_its_name_from_picture_to_picture() -> None:
    connection, _, _ = DEMOS["orderly"]()
    proxy = Endpoint("10.0.0.9", 443)
    names = Names()
    names.connection(replace(connection, client=Endpoint("10.0.0.5", 1), server=proxy))
    onward = names.connection(replace(connection, client=proxy, server=Endpoint("10.0.0.7", 80)))
    assert [str(onward.client), str(onward.server)] == ["server-1:443", "server-2:80"]


def test_who_reports_an_icmp_error_has_another_name_too() -> None:
    connection, _, _ = DEMOS["orderly"]()
    server = Unreachable(0x303, connection.server.ip)
    names = Names()
    told = names.connection(
        replace(connection, unreachable=(Unreachable(0x301, "10.9.9.1"), server))
    )
    assert [it and it.reporter for it in told.unreachable] == ["router-1", "server-1"]
    assert names.words("10.9.9.1 answered") == "router-1 answered"


def test_only_whole_addresses_are_replaced() -> None:
    connection, _, _ = DEMOS["orderly"]()
    names = Names()
    ends = {"client": Endpoint("10.0.0.5", 1), "server": Endpoint("2001:db8::1", 2)}
    names.connection(replace(connection, **ends))
    assert names.words("10.0.0.5:80 and 10.0.0.51, 110.0.0.5, 10.0.0.5.") == (
        "client-1:80 and 10.0.0.51, 110.0.0.5, client-1."
    )
    assert names.words("[2001:db8::1]:80, on 2001:db8::1: ss; 2001:db8::1:5, 2001:DB8::1") == (
        "server-1:80, on server-1: ss; 2001:db8::1:5, server-1"
    )
