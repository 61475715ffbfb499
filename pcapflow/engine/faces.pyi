class Faces:
    count: int
