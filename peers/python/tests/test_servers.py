"""The servers uvicorn and Granian: right answers, a process for each worker, and none left at the end."""

import http.client
import os
import time
import unittest
from pathlib import Path
from unittest import mock

from peers import cells, suite
from peers.load import ServerUnderTest
from tests.optional import needs

LACKING = next((why for s in cells.systems() if s.name in ("uvicorn", "granian") if (why := s.absent())), None)
FUNCTIONS = ["peers.systems.uvicorn_:run", "peers.systems.granian_:run"]
PATIENCE_S = 60  # before the test gives up: far longer than it takes


def processes_of(session):
    """The ids of the processes of a session that have not ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its_session = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue  # it has just ended
        if int(its_session) == session and state != "Z":
            found.append(int(stat.parent.name))
    return found


@needs("peers", LACKING)
class Servers(unittest.TestCase):
    def setUp(self):
        self.enterContext(mock.patch("peers.load.Driver"))  # the requests come from here

    def test_it_answers_as_expected_from_as_many_processes_as_workers_and_leaves_none(self):
        for function in FUNCTIONS:
            work = suite.make("serve", "plaintext", "tiny", 0)
            work.driver = None
            with ServerUnderTest(work, function, 2) as served:
                for case in suite.cases("serve"):
                    for exchange in suite.make("serve", case, "tiny", 1).exchanges[:6]:
                        self.assertEqual(answer(served.port, exchange[0]), exchange[1:], function)
                session = served.server.pid
                running = processes_of(session)
                self.assertGreaterEqual(len(running), 2, function)
                if "granian" in function:  # whose workers have several threads each
                    self.assertTrue(all(len(os.sched_getaffinity(pid)) <= 2 for pid in running))
            deadline = time.monotonic() + PATIENCE_S
            while processes_of(session) and time.monotonic() < deadline:
                time.sleep(0.01)  # a process that was killed takes a moment to end
            self.assertEqual(processes_of(session), [], function)


def answer(port, request):
    """The type and the body of an answer."""
    head, _, body = request.partition(b"\r\n\r\n")
    method, target, _ = head.decode().split(" ", 2)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, target, body or None)
    response = connection.getresponse()
    found = response.getheader("content-type"), response.read()
    connection.close()
    return found


if __name__ == "__main__":
    unittest.main()
