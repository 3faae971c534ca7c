"""The Python systems that Parallax is held against: one worker, a module for each system."""
