"""The road's nodes: one file each, a state in and a state out; none knows LangGraph."""
