"""Errors are one line for a person, and end with a known exit code."""

from pcapflow.errors import (
    CaptureError,
    MissingTool,
    PcapflowError,
    RightsError,
    UsageError,
)


def test_a_damaged_record_says_what_where_and_what_next() -> None:
    error = CaptureError(
        "pool.pcapng",
        "claims 4,026,531,840 bytes",
        frame=118,
        offset=17_344,
        limit=262_144,
        advice="pcapfix pool.pcapng, or ask for the capture again",
    )
    assert str(error) == (
        "pool.pcapng: packet 118 claims 4,026,531,840 bytes at offset 17,344 (limit 262,144); "
        "the file is damaged there; 117 packets before it were analysed. "
        "Try: pcapfix pool.pcapng, or ask for the capture again."
    )


def test_a_damaged_first_record_does_not_count_packets_before_it() -> None:
    assert str(CaptureError("a.pcap", "is cut", frame=1, offset=24)).endswith(
        "; no packet was before it."
    )
    assert str(CaptureError("a.pcap", "is cut", frame=2)).endswith(
        "; the packet before it was analysed."
    )


def test_a_file_that_cannot_be_opened_is_a_short_sentence() -> None:
    assert str(CaptureError("a.pcap", "no such file")) == "a.pcap: no such file."


def test_rights_and_tools_name_the_fix() -> None:
    rights = RightsError("eth0", "Run with sudo.")
    assert str(rights) == "eth0: capturing needs rights. Run with sudo."
    tool = MissingTool("tshark", "-Y", "sudo apt-get install tshark")
    assert str(tool) == (
        "-Y needs tshark, which is not installed. Try: sudo apt-get install tshark"
    )


def test_all_end_with_exit_code_2() -> None:
    kinds = (CaptureError, MissingTool, RightsError, UsageError)
    assert {kind.exit_code for kind in kinds} == {PcapflowError.exit_code} == {2}
