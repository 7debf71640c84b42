"""Briefs as a site: catalogue, stream, feeds."""
