"""The workflow optimizer beside others: the same tasks, the same proposer, the same budget."""
