"""What is to be drawn of one connection, and where: a picture without a drawing library.

``scene`` turns a finished record and its segments into marks with settled positions; renderers
only paint them.  Content comes first (``steps``, ``telling``, ``fold``, ``verdict``, ``facts``),
then heights (``rows``, ``places``), then marks (``bands``, ``arrows``, ``labels``, ``axis``,
``ends``, ``notes``, ``page``, ``legend``); ``compose`` joins them.  Knows the model, tcp and
findings; knows no fonts, files or libraries.
"""

from pcapflow.scene.compose import scene
from pcapflow.scene.marks import Scene

__all__ = ["Scene", "scene"]
