UNANSWERED_LIMIT: int

class Plain:
    idle: bool
