"""The notebooks, executed in a fresh kernel, and whether they still show what they have stored."""
