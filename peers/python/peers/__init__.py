"""The Python systems that Parallax compares itself with: one worker, and a module for each system."""
