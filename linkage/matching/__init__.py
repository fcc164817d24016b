"""From filters in cells to clusters of records."""
