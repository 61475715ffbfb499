MAX_NODES: int

class Log:
    nodes: int
    node_limit: int
    current: int
    def __init__(self, node_limit: int = ...) -> None: ...
    def shape(self, node: int) -> tuple[int, ...]: ...
