"""A module for each system, written as those who know it would write it."""
