"""The lab: real Linux TCP sockets in network namespaces, recorded, with the kernel's own verdict.

It knows kernels, wires and capture files. It must never import the program under test:
what it writes is the truth that the program is compared with. Only `score`, which does the
comparing, knows both.
"""


class LabError(Exception):
    """The lab could not do, or could not prove, what a scenario asked for."""
