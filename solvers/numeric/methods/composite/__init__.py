"""A loss whose gradient is expensive after a model that is cheap, by surrogates in the space of targets."""
