"""One file an engine; each runs in a worker process of the sandbox."""
