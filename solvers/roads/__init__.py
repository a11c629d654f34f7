"""How a model travels to an engine and its solution back: as arrays, as an NL file, as integers and intervals."""
