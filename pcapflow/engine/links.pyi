REASONS: dict[int, str]
LINK_NAMES: dict[int, str]
