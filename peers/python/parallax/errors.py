"""Errors of `parallax.bench`."""


class Error(Exception):
    """Nothing could be measured; the message says why, and what to do."""


class WrongResult(Error):
    """A technique returned another result than one thread; `report` has the other measurements."""

    def __init__(self, message, report):
        super().__init__(message)
        self.report = report
