"""What does the codec refuse to write? What it reads never raises."""


class EncodeError(ValueError):
    """What was to be written does not fit the protocol."""
