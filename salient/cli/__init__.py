"""The commands, a family a file; `app` mounts them."""

from salient.cli.app import app, main

__all__ = ["app", "main"]
