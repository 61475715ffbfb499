"""The command line: one small module a command; the only room that prints.

Knows all rooms; everything costly is imported by the command that needs it.
"""
