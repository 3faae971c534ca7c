"""The peers: a module for each system, written in the idiom of its experts."""
