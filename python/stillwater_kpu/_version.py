"""The version of both packages; equal to the one in the project's package.json."""

__version__ = "0.1.0"
