"""What can go wrong with a bench of one's own, in words."""


class Error(Exception):
    """Nothing could be measured; the message says why, and the way out."""


class WrongResult(Error):
    """A technique gave another result than one thread does; `report` has what was measured beside it."""

    def __init__(self, message, report):
        super().__init__(message)
        self.report = report
