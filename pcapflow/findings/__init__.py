"""What can be wrong: the catalogue, and one rule a file.

A rule reads stories (events, transitions, times), never packets; it runs once a shape.
Knows the model and tcp; knows nothing of captures, engines, reports or pictures.
"""
