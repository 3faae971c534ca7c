"""The ways to run any function over any data, a file for each library."""
