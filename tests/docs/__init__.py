"""The pages of docs/ that are made from the code, and whether they are up to date."""
