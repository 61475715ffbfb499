"""`python -m tests.docs`: writes every page that is made from the code."""

from tests.docs.pages import DOCS, PAGES

for name, make in PAGES.items():
    (DOCS / name).write_text(make(), encoding="utf-8")
