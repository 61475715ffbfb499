"""The version, said once: packaging, ``--version`` and every report read it here."""

__version__ = "0.1.0"
