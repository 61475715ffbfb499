"""Other programs as witnesses: what they say of captures that are not committed here.

They have opinions, as pcapflow has. A difference is a question; where pcapflow keeps its answer,
the file beside the comparison says by which rule.
"""
