"""Command lines, thin: they read files and arguments, call the rooms below, and tell the story."""
