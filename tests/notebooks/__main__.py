"""`python -m tests.notebooks`: executes every notebook and stores what it shows."""

import nbformat

from tests.notebooks.kernel import NOTEBOOKS, executed

for path in NOTEBOOKS:
    notebook = executed(path)
    notebook.metadata.pop("language_info", None)  # tells the version of who ran it last
    nbformat.write(notebook, path)
