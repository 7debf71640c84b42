"""What was seen: the catalogue of data, readers that never look past an as-of date, and how each source is biased."""
