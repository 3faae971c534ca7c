"""The rule of the claims ledger: verdicts of known figures, and the required fields of an entry."""

import unittest
from unittest import mock

from peers import claims
from peers.claims import Study, machine, rule
from peers.claims.__main__ import load
from peers.suite.workload import Unavailable


def says(least, most, **more):
    return {"says": "fast over slow", "over": "slow", "under": "fast", "claimed": [least, most]} | more


class Rule(unittest.TestCase):
    def verdict(self, statements, published, faults=(), corrected=None, taken=0.0):
        return rule.outcome(statements, published, corrected or {}, list(faults), taken)

    def test_a_range_against_a_claim(self):
        for low, high, least, most, verdict in [
            (1.1, 1.3, 1.0, None, "reproduced"),
            (0.7, 0.9, 1.0, None, "reversed"),
            (0.9, 1.2, 1.0, None, "refused"),
            (2.1, 3.9, 2.0, 4.0, "reproduced"),
            (1.2, 1.9, 2.0, 4.0, "reversed"),
            (4.5, 6.0, 2.0, 4.0, "reversed"),
            (3.5, 4.5, 2.0, 4.0, "refused"),
            (1.0, 9.0, 2.0, 4.0, "refused"),
            (0.4, 0.6, None, 1.0, "reproduced"),
            (1.4, 1.6, None, 1.0, "reversed"),
            (7.0, 7.0, 7.0, 7.0, "reproduced"),
        ]:
            self.assertEqual(rule.judge(low, high, least, most), verdict, (low, high, least, most))

    def test_figures_that_reverse_that_overlap_and_that_hold(self):
        slow, statement = [10.0, 11.0, 12.0], [says(1.0, None, published=3.0)]
        for fast, verdict in [([5, 5, 5], "reproduced"), ([20, 21, 22], "reversed"), ([9, 12, 10], "refused")]:
            self.assertEqual(self.verdict(statement, {"slow": slow, "fast": fast})["verdict"], verdict)
        told = self.verdict(statement, {"slow": slow, "fast": [5, 5, 5]})
        self.assertEqual(told["why"], "fast over slow: 2.2x (2 to 2.4; published 3x)")
        self.assertEqual(told["as_published"], {"slow": 11.0, "fast": 5})
        self.assertEqual(told["spread"]["as_published"]["slow"], [10.0, 12.0, 3])

    def test_a_disturbed_round_counts_among_few_and_not_among_many(self):
        self.assertEqual(rule.interval([3.0]), (3.0, 3.0))
        self.assertEqual(rule.interval([2.0, 9.0, 2.1, 2.2, 2.3]), (2.0, 9.0))
        self.assertEqual(rule.interval([2.0, 9.0, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6]), (2.1, 2.6))
        self.assertEqual(rule.interval(list(range(11))), (2, 8))

    def test_a_fault_makes_void_what_would_be_reproduced(self):
        figures = {"slow": [10.0], "fast": [1.0]}
        told = self.verdict([says(1.0, None)], figures, ["nothing was sorted"])
        self.assertEqual(told["verdict"], "void")
        self.assertTrue(told["why"].startswith("nothing was sorted; fast over slow: 10x"))
        self.assertEqual(self.verdict([says(1.0, None)], figures)["verdict"], "reproduced")

    def test_on_a_busy_machine_nothing_is_contradicted(self):
        for fast, quiet, busy in [(1.0, "reproduced", "reproduced"), (20.0, "reversed", "refused")]:
            figures = {"slow": [10.0], "fast": [fast]}
            self.assertEqual(self.verdict([says(1.0, None)], figures, taken=0.2)["verdict"], quiet)
            told = self.verdict([says(1.0, None)], figures, taken=0.9)
            self.assertEqual(told["verdict"], busy)
            self.assertIn("other programs took 90 % of the cores", told["why"])
        self.assertEqual(self.verdict([says(1.0, None)], {}, ["a fault"], taken=0.9)["verdict"], "void")

    def test_how_busy_the_machine_is_lies_between_nothing_and_everything(self):
        self.assertTrue(0 <= machine.taken_by_others(0.05) <= 1)

    def test_one_statement_that_does_not_hold_is_enough_and_is_the_one_that_is_told(self):
        statements = [says(1.0, None), says(100.0, None) | {"says": "by far"}]
        told = self.verdict(statements, {"slow": [10.0], "fast": [1.0]})
        self.assertEqual(told["verdict"], "reversed")
        self.assertEqual(told["why"], "by far: 10x (10 to 10), which is outside the claim")

    def test_what_was_not_measured_is_refused(self):
        told = self.verdict([says(1.0, None)], {"slow": [10.0]})
        self.assertEqual((told["verdict"], told["why"][:29]), ("refused", "fast over slow: fast is missi"))
        self.assertEqual(self.verdict([], {"slow": [10.0]})["verdict"], "refused")

    def test_figures_and_corrected_ones(self):
        statement = {"says": "sum", "figure": "sum", "claimed": [7, 7], "of": "corrected"}
        self.assertEqual(self.verdict([statement], {}, corrected={"sum": [7]})["verdict"], "reproduced")
        self.assertEqual(self.verdict([statement], {}, corrected={"sum": [8]})["verdict"], "reversed")

    def test_series_of_different_lengths_are_compared_by_their_extremes(self):
        self.assertEqual(rule.ratios([10.0], [4.0, 5.0, 2.0]), [2.0, 2.5, 5.0])
        self.assertEqual(rule.ratios([10.0, 9.0], [5.0, 3.0]), [2.0, 3.0])


class Rerun(unittest.TestCase):
    """An outcome follows from the figures of a study: the entry is the same, the figures differ."""

    def rerun(self, study):
        entry = {"name": "own", "statements": [says(1.0, None)]}
        self.enterContext(mock.patch.object(machine, "taken_by_others", return_value=0.0))
        with mock.patch.object(claims, "ledger", return_value=[entry]), mock.patch.dict(claims.STUDIES, own=study):
            return claims.rerun("own")

    def test_each_round_is_measured(self):
        runs = []

        def protocol():
            runs.append(1)
            return {"slow": 4.0 + len(runs), "fast": [1.0]}

        with mock.patch.object(claims, "MOST_ROUNDS", 4):
            told = self.rerun(lambda _: Study(protocol))
        self.assertEqual((told["verdict"], len(runs)), ("reproduced", 4))
        self.assertEqual(told["spread"]["as_published"]["slow"], [5.0, 8.0, 4])
        with mock.patch.object(claims, "ENOUGH_SECONDS", 0.0):
            self.assertEqual(self.rerun(lambda _: Study(protocol))["spread"]["as_published"]["slow"], [9.0, 11.0, 3])
        once = self.rerun(lambda _: Study(protocol, rounds=1))
        self.assertEqual(once["spread"]["as_published"]["slow"], [12.0, 12.0, 1])
        self.assertEqual(self.rerun(lambda _: Study(lambda: {"slow": 1.0, "fast": 2.0}))["verdict"], "reversed")

    def test_a_missing_system_is_refused_with_the_way_and_everything_is_cleaned_up(self):
        closed = []

        def study(stack):
            stack.callback(closed.append, True)
            raise Unavailable("needs a GPU; buy one")

        self.assertEqual(self.rerun(study)["why"], "needs a GPU; buy one")
        self.assertEqual(closed, [True])

        def without_library(_):
            import no_such_library  # noqa: F401

        told = self.rerun(without_library)
        self.assertEqual(told["verdict"], "refused")
        self.assertIn("no_such_library is not installed; run `cargo xtask peers install`", told["why"])

    def test_what_goes_wrong_is_no_verdict(self):
        def wrong(_):
            raise AssertionError("the forms differ")

        with self.assertRaises(AssertionError):
            self.rerun(wrong)


class Ledger(unittest.TestCase):
    def test_every_entry_says_what_who_when_how_and_what_differs(self):
        names = [entry["name"] for entry in claims.ledger()]
        self.assertEqual(len(names), len(set(names)))
        for entry in claims.ledger():
            for field in ("workload", "source", "published", "protocol", "look_at"):
                self.assertTrue(entry[field].strip(), (entry["name"], field))
            self.assertEqual(entry["kept"], "rewritten" if entry["differs"] else "as published", entry["name"])
            self.assertRegex(entry["source"], r"\b(19|20)\d\d\b")
            self.assertTrue(entry["statements"], entry["name"])
            for statement in entry["statements"]:
                self.assertNotEqual(statement["claimed"], [None, None])
                self.assertTrue("figure" in statement or {"over", "under"} <= set(statement), statement)

    def test_what_is_rewritten_has_a_reason_that_no_machine_of_ours_lifts(self):
        """A network, a suite of hours, three machines, a program that no registry has, a sort of an hour."""
        rewritten = {entry["name"] for entry in claims.ledger() if entry["kept"] == "rewritten"}
        self.assertEqual(rewritten, {"bubblesort", "caching", "fastapi-order", "free-threading", "granian-readme"})

    def test_where_no_protocol_is_given_it_is_told_what_was_taken_for_it(self):
        for entry in claims.ledger():
            if entry["protocol"] == "no protocol is given" or "not given" in entry["protocol"]:
                self.assertTrue(entry["left_open"], entry["name"])

    def test_every_entry_has_its_study_and_no_verdict_of_its_own(self):
        load()
        self.assertEqual(set(claims.STUDIES), {entry["name"] for entry in claims.ledger()})
        self.assertFalse([entry for entry in claims.ledger() if "verdict" in entry or "outcome" in entry])


if __name__ == "__main__":
    unittest.main()
