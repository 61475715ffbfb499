"""Makes a capture of many interleaved connections with mixed endings, the same for a seed.

`python -m tests.benchmarks.generate --packets 2000000 --connections 40000 --snap 96 -o FILE`
"""

import argparse
from collections.abc import Sequence

from tests.benchmarks.frames import write_capture
from tests.benchmarks.traffic import Traffic, make_traffic

SEED = 9293


def generate(
    path: str, packets: int, connections: int, snap: int = 0, pcapng: bool = False, seed: int = SEED
) -> Traffic:
    """Write a capture of exactly `packets` in `connections` and return what is in it.

    snap   octets kept of each packet; 0: all
    """
    traffic = make_traffic(packets, connections, seed)
    write_capture(traffic, path, snap, pcapng)
    return traffic


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.generate", description=__doc__
    )
    parser.add_argument("--packets", type=int, default=2_000_000)
    parser.add_argument("--connections", type=int, default=40_000)
    parser.add_argument("--snap", type=int, default=96, help="octets of each packet; 0: all")
    parser.add_argument("--format", choices=("pcap", "pcapng"), default="pcap")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("-o", "--output", required=True, metavar="FILE")
    options = parser.parse_args(arguments)
    traffic = generate(
        options.output,
        options.packets,
        options.connections,
        options.snap,
        options.format == "pcapng",
        options.seed,
    )
    print(f"{options.output}: {options.packets:,} packets, {options.connections:,} connections")
    for ending, count in traffic.endings.most_common():
        print(f"{count:>9,}  {ending}")


if __name__ == "__main__":
    main()
