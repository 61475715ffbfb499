class Stream:
    thorough: bool
