"""The site live, with a what-if panel."""
