"""The error of all checks."""


class PreflightError(ValueError):
    """The run cannot work as it is configured."""
