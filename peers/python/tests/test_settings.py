"""The settings of one technique do not reach the next one."""

import json
import os
import unittest
from unittest import mock

from peers.settings import PREVIOUS, previous_environment, thread_limits


class Environment(unittest.TestCase):
    def test_settings_of_the_previous_technique_are_removed(self):
        before = json.dumps({"ADDED": None, "CHANGED": "as it was"})
        with mock.patch.dict(os.environ, {"ADDED": "1", "CHANGED": "2", "KEPT": "3", PREVIOUS: before}, clear=True):
            self.assertEqual(previous_environment(), {"CHANGED": "as it was", "KEPT": "3"})

    def test_the_first_process_keeps_its_whole_environment(self):
        with mock.patch.dict(os.environ, {"KEPT": "3"}, clear=True):
            self.assertEqual(previous_environment(), {"KEPT": "3"})

    def test_every_library_with_threads_of_its_own_is_told_how_many(self):
        for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS", "NPROC"):
            self.assertEqual(thread_limits(3)[name], "3", name)

    def test_threads_that_wait_share_the_time_that_they_may_spin(self):
        spins = {workers: int(thread_limits(workers)["GOMP_SPINCOUNT"]) for workers in (1, 2, 64)}
        self.assertEqual(spins, {1: 1_000, 2: 500, 64: 15})
