"""`cached`, compared with `functools.lru_cache` call by call."""

import functools
import gc
import random
import threading
import unittest
import weakref

from parallax_rs import cached


class Cached(unittest.TestCase):
    def test_hits_and_misses_are_those_of_functools(self):
        drawn = random.Random(7)
        for maxsize in (None, 0, 1, 2, 50):
            ours = cached(maxsize=maxsize)(lambda x: x + 1)
            theirs = functools.lru_cache(maxsize=maxsize)(lambda x: x + 1)
            for _ in range(5000):
                x = drawn.choice([drawn.randrange(100), float(drawn.randrange(100)), drawn.random() < 0.5])
                self.assertEqual(ours(x), theirs(x))
            self.assertEqual(tuple(ours.cache_info()), tuple(theirs.cache_info()))

    def test_the_function_is_called_once_for_each_key(self):
        calls = []

        @cached
        def f(*arguments, **named):
            calls.append((arguments, named))
            return len(calls)

        keys = [((), {}), ((1,), {}), (("1",), {}), ((1, 2), {}), (((1, 2),), {}), ((), {"a": 1}), (("a", 1), {})]
        keys += [((1,), {"a": 2}), ((), {"a": 1, "b": 2}), ((None,), {}), ((2**70,), {})]
        for _ in range(3):
            for k, (arguments, named) in enumerate(keys):
                self.assertEqual(f(*arguments, **named), k + 1)
        self.assertEqual(calls, keys)

    def test_it_says_what_it_wraps_and_can_be_emptied(self):
        @cached(maxsize=10)
        def f(x):
            """Adds one."""
            return x + 1

        self.assertEqual((f.__name__, f.__doc__, f.__wrapped__(1)), ("f", "Adds one.", 2))
        f(1), f(1), f(2)
        self.assertEqual(str(f.cache_info()), "CacheInfo(hits=1, misses=2, maxsize=10, currsize=2)")
        f.cache_clear()
        self.assertEqual(tuple(f.cache_info()), (0, 0, 10, 0))
        f(1), f(1)
        self.assertEqual(f.cache_info().hits, 1)

    def test_methods_remember_for_each_object(self):
        class Box:
            def __init__(self, size):
                self.size = size

            @cached
            def times(self, factor):
                return self.size * factor

        one, two = Box(1), Box(2)
        self.assertEqual([one.times(3), two.times(3), one.times(3)], [3, 6, 3])
        self.assertEqual(Box.times.cache_info().hits, 1)

    def test_exceptions_pass_and_are_not_remembered(self):
        calls = []

        @cached
        def f(x):
            calls.append(x)
            raise KeyError(x)

        for _ in range(2):
            with self.assertRaises(KeyError):
                f(1)
        self.assertEqual((calls, f.cache_info().currsize), ([1, 1], 0))
        with self.assertRaisesRegex(TypeError, "unhashable"):
            f([])

    def test_recursion_and_keys_that_call_back(self):
        @cached(maxsize=3)
        def fibonacci(n):
            return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

        self.assertEqual(fibonacci(80), 23416728348467685)
        self.assertEqual(fibonacci.cache_info().currsize, 3)

        class Key:
            def __hash__(self):
                return 1

            def __eq__(self, other):
                fibonacci.cache_clear()  # an arbitrary call during a comparison
                fibonacci(5)
                return self is other

        for _ in range(20):
            with self.assertRaises(TypeError):
                fibonacci(Key())

    def test_what_is_forgotten_is_freed_and_may_call_back(self):
        freed = []

        class Thing:
            def __del__(self):
                freed.append(f(0) is not None)

        @cached(maxsize=2)
        def f(x):
            return Thing() if x else 1

        for x in range(1, 10):
            f(x)
        self.assertGreaterEqual(len(freed), 6)
        f.cache_clear()
        self.assertEqual(len(freed), 9)

    def test_a_cycle_is_collected(self):
        class Owner:
            pass

        owner = Owner()
        owner.f = cached(lambda x: owner)
        owner.f(1)
        gone = weakref.ref(owner)
        del owner
        gc.collect()
        self.assertIsNone(gone())

    def test_threads_get_right_results_and_the_bound_holds(self):
        f = cached(maxsize=20)(lambda x: -x)
        wrong = []

        def ask(seed):
            drawn = random.Random(seed)
            for _ in range(5000):
                x = drawn.randrange(60)
                if f(x) != -x:
                    wrong.append(x)

        threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        hits, misses, _, size = f.cache_info()
        self.assertEqual((wrong, hits + misses), ([], 20_000))
        self.assertLessEqual(size, 24)  # threads that compute at the same time may add one each

    def test_wrong_uses_are_told(self):
        for call, kind, words in [
            (lambda: cached(7), TypeError, "takes a function"),
            (lambda: cached(maxsize=-1)(len), ValueError, "maxsize is -1"),
        ]:
            with self.assertRaisesRegex(kind, words):
                call()


if __name__ == "__main__":
    unittest.main()
