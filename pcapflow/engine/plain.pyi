class Plain:
    idle: bool
