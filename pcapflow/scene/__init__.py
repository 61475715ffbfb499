"""What is to be drawn of one connection, and where: a picture without a drawing library.

``scene`` turns a finished record and its segments into marks with settled positions; renderers
only paint them.  Content comes first (``steps``, ``telling``, ``items``, ``fold``, ``spells``,
``verdict``, ``facts``), then heights (``rows``, ``places``), then marks (``bands``, ``arrows``,
``labels``, ``axis``, ``ends``, ``notes``, ``column``, ``page``, ``legend``); ``compose`` joins
them, and ``script`` says the same in words alone.  States over time are a ``chart``: areas on
scales (``strips``), a panel each (``panels``).  Shapes at a glance are rows (``glance``) of
miniatures (``beats``, ``rails``) and words (``endings``); both stand in the same ``frame``.  Knows
the model, tcp and findings; knows no fonts, files or libraries.
"""

from pcapflow.scene.chart import Told, chart
from pcapflow.scene.compose import Scene, scene
from pcapflow.scene.frame import Chart, Subject
from pcapflow.scene.glance import Row, Section, glance
from pcapflow.scene.redact import Names
from pcapflow.scene.script import Script
from pcapflow.scene.view import Clock, View

__all__ = [
    "Chart",
    "Clock",
    "Names",
    "Row",
    "Scene",
    "Script",
    "Section",
    "Subject",
    "Told",
    "View",
    "chart",
    "glance",
    "scene",
]
