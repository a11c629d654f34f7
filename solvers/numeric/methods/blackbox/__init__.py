"""Methods for functions of which only values, ranks, scores or costs are seen."""
