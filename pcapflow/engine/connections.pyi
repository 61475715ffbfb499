class Connections:
    opened: int
    used: int
    limit: int
    def __init__(self) -> None: ...
