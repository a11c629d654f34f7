"""The numerical optimizer: smooth models compiled once, and solved from many starts or for many data side by side."""
