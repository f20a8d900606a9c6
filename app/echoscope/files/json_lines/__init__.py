"""JSON Lines: whole documents, which are read back without loss."""
