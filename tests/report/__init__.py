"""Reports of hand-made analyses, and of what is written for programs."""
