"""Readers of finished records: one module a format, for people and for programs.

Knows model and the catalogue of findings; never opens a capture, never judges.
"""
