"""The front doors beside the command line: the app in a browser, and the tools for other agents."""
