"""What one technique sets for itself, the next one does not find."""

import json
import os
import unittest
from unittest import mock

from peers.worker import BEFORE, unset


class Environment(unittest.TestCase):
    def test_settings_of_the_technique_before_are_taken_back(self):
        before = json.dumps({"ADDED": None, "CHANGED": "as it was"})
        with mock.patch.dict(os.environ, {"ADDED": "1", "CHANGED": "2", "KEPT": "3", BEFORE: before}, clear=True):
            self.assertEqual(unset(), {"CHANGED": "as it was", "KEPT": "3"})

    def test_a_first_process_keeps_all(self):
        with mock.patch.dict(os.environ, {"KEPT": "3"}, clear=True):
            self.assertEqual(unset(), {"KEPT": "3"})
