"""The functions over arrays, compared with NumPy: results, `out=`, any number of workers, and error messages."""

import unittest

import numpy as np
import parallax_rs

WORKERS = [None, 1, 2, 3]
drawn = np.random.default_rng(7)


def distances(x):
    """Pairwise distances by broadcasting."""
    return np.sqrt(((x[:, None, :] - x[None, :, :]) ** 2).sum(axis=2))


def counts(width, limit):
    """Escape counts of the Julia set, by a plain loop."""
    xs, ys, at, step = [], [], -1.8, 3.6 / width
    while at < 1.8:
        xs.append(at)
        at += step
    at = 1.8
    while at > -1.8:
        ys.append(at)
        at -= step
    rows = []
    for y in ys:
        for x in xs:
            z, steps = complex(x, y), 0
            while abs(z) < 2 and steps < limit:
                z, steps = z * z + complex(-0.62772, -0.42193), steps + 1
            rows.append(steps)
    return np.array(rows).reshape(len(ys), len(xs))


class Right(unittest.TestCase):
    def test_distances_for_any_number_of_coordinates_and_points(self):
        for count, axes in [(0, 3), (1, 1), (7, 2), (130, 3), (150, 4), (140, 9), (3, 0)]:
            x = drawn.normal(size=(count, axes))
            for workers in WORKERS:
                np.testing.assert_allclose(parallax_rs.pairwise(x, workers=workers), distances(x), rtol=1e-14)

    def test_products_of_any_shape(self):
        for m, k, n in [(0, 3, 2), (2, 0, 3), (3, 2, 0), (1, 1, 1), (2, 3, 4), (100, 33, 65), (257, 129, 300)]:
            a = drawn.integers(-8, 9, (m, k)).astype(float)
            b = drawn.integers(-8, 9, (k, n)).astype(float)
            for workers in WORKERS:
                np.testing.assert_array_equal(parallax_rs.matmul(a, b, workers=workers), a @ b)

    def test_escape_counts(self):
        for width, limit in [(1, 10), (20, 0), (64, 100)]:
            expected = counts(width, limit)
            for workers in WORKERS:
                np.testing.assert_array_equal(parallax_rs.julia(width, limit, workers=workers), expected)
        self.assertEqual(parallax_rs.julia(64, 100).dtype, np.int32)

    def test_one_point_escapes_as_in_the_plane(self):
        plane = parallax_rs.julia(20, 50)
        xs, step = [-1.8], 3.6 / 20
        while len(xs) < plane.shape[1]:
            xs.append(xs[-1] + step)
        row = [parallax_rs.escape_count(x, 1.8 - step, 50) for x in xs]
        self.assertEqual(row, plane[1].tolist())

    def test_random_points_are_the_same_for_any_number_of_workers(self):
        hits = {parallax_rs.montecarlo(1_000_003, seed=5, workers=workers) for workers in WORKERS}
        self.assertEqual(len(hits), 1)
        self.assertNotEqual(hits, {parallax_rs.montecarlo(1_000_003, seed=6)})
        self.assertEqual(parallax_rs.montecarlo(0), 0)

    def test_counts_of_keys_of_each_type(self):
        for bins, n in [(1, 10), (200, 100_001), (70_000, 300_000)]:
            keys = drawn.integers(0, bins, n)
            expected = np.bincount(keys, minlength=bins)
            kinds = [np.uint32, np.uint64, np.int32, np.int64] + [np.uint8, np.uint16, np.int16] * (bins <= 200)
            for kind in kinds:
                for workers in WORKERS:
                    got = parallax_rs.histogram(keys.astype(kind), bins, workers=workers)
                    np.testing.assert_array_equal(got, expected)
        for keys in [np.arange(20, dtype=np.uint64)[::2], np.arange(0, 20, 2, dtype=">u2"), list(range(0, 20, 2))]:
            self.assertEqual(parallax_rs.histogram(keys, 20).tolist(), [1, 0] * 10)

    def test_random_keys_fall_into_their_bins_for_any_number_of_workers(self):
        for bins, skewed in [(1, False), (256, False), (256, True), (65536, False)]:
            every = [parallax_rs.random_histogram(100_001, bins, 3, skewed, workers=workers) for workers in WORKERS]
            self.assertEqual(int(every[0].sum()), 100_001)
            for got in every[1:]:
                np.testing.assert_array_equal(got, every[0])
        # with bits of 8 widths, bin 1 has an eighth of all, and bin 0 none
        skewed = parallax_rs.random_histogram(80_000, 256, skewed=True)
        self.assertEqual(skewed[0], 0)
        self.assertLess(abs(int(skewed[1]) - 10_000), 500)

    def test_random_keys_are_those_of_the_suite(self):
        def key(seed, number):
            z = (seed + (number + 1) * 0x9E3779B97F4A7C15) % 2**64
            z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
            z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
            return z ^ z >> 31

        for n in [0, 1, 63, 64, 129, 5_000]:
            keys = [key(9, number) for number in range(n)]
            widths = [1 << (k >> 48) % 8 for k in keys]
            for bins, skewed, binned in [
                (1, False, [0] * n),
                (256, False, [k % 256 for k in keys]),
                (65536, False, [k % 65536 for k in keys]),
                (256, True, [width + k % width for k, width in zip(keys, widths)]),
            ]:
                expected = np.bincount(np.array(binned, int), minlength=bins)
                np.testing.assert_array_equal(parallax_rs.random_histogram(n, bins, 9, skewed), expected)

    def test_sorted_numbers_of_each_type(self):
        for n in [0, 1, 2, 100, 50_001]:
            whole = drawn.integers(-(2**63), 2**63 - 1, n)
            kinds = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]
            numbers = [whole.astype(kind) for kind in kinds]
            numbers += [drawn.normal(size=n).astype(kind) for kind in (np.float32, np.float64)]
            for a in numbers:
                before, expected = a.copy(), np.sort(a)
                for workers in WORKERS:
                    np.testing.assert_array_equal(parallax_rs.sort(a, workers=workers), expected)
                np.testing.assert_array_equal(a, before)

    def test_many_numbers_however_they_are_spread(self):
        """They are first dealt into buckets by a sample, which may not represent them."""
        n = 70_000
        ramp, few = np.arange(n), drawn.integers(0, 3, n)
        for whole in [ramp, ramp[::-1], few, few * 2**62, np.zeros(n, int), np.where(ramp == n // 2, -(2**63), 5)]:
            for kind in (np.int64, np.uint64, np.float64):
                a = whole.astype(kind)
                before, expected = a.copy(), np.sort(a)
                for workers in WORKERS:
                    np.testing.assert_array_equal(parallax_rs.sort(a, workers=workers), expected)
                    np.testing.assert_array_equal(a, before)
                    np.testing.assert_array_equal(parallax_rs.sort(a, a.copy(), workers), expected)
                    np.testing.assert_array_equal(parallax_rs.sort(a[::-1], workers=workers), expected)  # with gaps
                    same = a.copy()
                    np.testing.assert_array_equal(parallax_rs.sort(same, same, workers), expected)
                    same = np.concatenate([a, a[:1]])
                    np.testing.assert_array_equal(parallax_rs.sort(same[:-1], same[1:], workers), expected)
        odd = drawn.integers(0, 256, 8 * n + 1, np.uint8)
        odd[-1] = 0
        for kind in (np.int64, np.float64):
            a = odd[1:].view(kind)  # not aligned; any bits
            np.testing.assert_array_equal(parallax_rs.sort(a, workers=2), np.sort(a))

    def test_odd_floats_are_sorted_as_documented(self):
        for kind in (np.float32, np.float64):
            least = np.finfo(kind).smallest_subnormal
            a = np.array([np.inf, -np.nan, 0.0, least, -0.0, np.nan, -np.inf, 1.0, -1.0, -least], kind)
            for workers in WORKERS:
                for times in (2000, 8000):
                    got = parallax_rs.sort(np.tile(a, times), workers=workers)
                    np.testing.assert_array_equal(got, np.sort(np.tile(a, times)))
                    self.assertFalse(np.signbit(got[-2 * times :]).any())
                    zeros = got[got == 0]
                    self.assertEqual(np.signbit(zeros).tolist(), [True] * times + [False] * times)
        self.assertEqual(np.signbit(parallax_rs.sort(np.array([0.0, -0.0]))).tolist(), [True, False])

    def test_expressions_in_both_ways_to_evaluate(self):
        for n in [0, 1, 1000, 200_000]:
            a, b = drawn.normal(size=n), drawn.normal(size=n)
            for workers in WORKERS:
                number = parallax_rs.expression("2*a + 3*b - a*b", a=a, b=b, workers=workers)
                np.testing.assert_array_equal(number, 2 * a + 3 * b - a * b)
                truth = parallax_rs.expression("(a < b) & (a > 0)", a=a, b=b, unused=a, workers=workers)
                self.assertEqual(truth.dtype, np.bool_)
                np.testing.assert_array_equal(truth, (a < b) & (a > 0))
        grid = drawn.normal(size=(3, 4, 5))
        np.testing.assert_array_equal(parallax_rs.expression("x*x", x=grid), grid * grid)

    def test_more_texts_than_are_kept(self):
        x = np.arange(4.0)
        for _ in range(2):
            for k in range(300):
                np.testing.assert_array_equal(parallax_rs.expression(f"x + {k}", x=x), x + k)


class Arrays(unittest.TestCase):
    def test_arrays_that_lie_otherwise_are_read_right(self):
        x = drawn.normal(size=(6, 3))
        odd = np.frombuffer(b"." + x.tobytes(), np.uint8)[1:].view(np.float64).reshape(6, 3)  # not aligned
        for same in [np.asfortranarray(x), np.repeat(x, 2, axis=0)[::2], x.astype(">f8"), x.tolist(), odd]:
            np.testing.assert_array_equal(parallax_rs.pairwise(same), parallax_rs.pairwise(x))
        np.testing.assert_array_equal(parallax_rs.matmul(x.T, x), parallax_rs.matmul(x.T.copy(), x))
        np.testing.assert_array_equal(parallax_rs.pairwise(np.eye(3, dtype=int)), parallax_rs.pairwise(np.eye(3)))
        np.testing.assert_array_equal(parallax_rs.sort(np.arange(10)[::-2]), [1, 3, 5, 7, 9])

    def test_out_is_written_and_given_back(self):
        x, keys = drawn.normal(size=(5, 3)), drawn.integers(0, 9, 50)
        for out, call in [
            (np.full((5, 5), np.nan), lambda out: parallax_rs.pairwise(x, out=out)),
            (np.full((5, 5), np.nan), lambda out: parallax_rs.matmul(x, x.T, out=out)),
            (np.full(parallax_rs.julia(20, 0).shape, -1, np.int32), lambda out: parallax_rs.julia(20, 30, out=out)),
            (np.full(9, -1), lambda out: parallax_rs.histogram(keys, 9, out=out)),
            (np.full(8, -1), lambda out: parallax_rs.random_histogram(50, 8, out=out)),
            (np.full(50, -1), lambda out: parallax_rs.sort(keys, out=out)),
            (np.full((5, 3), np.nan), lambda out: parallax_rs.expression("2*x", x=x, out=out)),
        ]:
            self.assertIs(call(out), out)
            np.testing.assert_array_equal(out, call(None))
        keys.setflags(write=False)  # an input may be read-only
        parallax_rs.histogram(keys, 9)

    def test_a_view_is_sorted_in_place_and_the_rest_is_left_alone(self):
        a = np.array([5, 3, 1, 4, 2])
        part = a[:3]
        self.assertIs(parallax_rs.sort(part, out=part), part)
        self.assertEqual(a.tolist(), [1, 3, 5, 4, 2])
        parallax_rs.sort(a[1:], out=a[:4])  # copied first, as NumPy copies arrays that overlap
        self.assertEqual(a.tolist(), [2, 3, 4, 5, 2])

    def refuses(self, kind, words, call, *arguments, **named):
        with self.assertRaisesRegex(kind, words):
            call(*arguments, **named)

    def test_what_is_no_suitable_array_is_told(self):
        x = drawn.normal(size=(4, 3))
        self.refuses(TypeError, "complex128.*float64", parallax_rs.pairwise, x + 1j)
        self.refuses(TypeError, "give an array of float64", parallax_rs.pairwise, ["a"])
        self.refuses(ValueError, "1 dimension", parallax_rs.pairwise, x[0])
        self.refuses(ValueError, r"\(m, k\) and \(k, n\)", parallax_rs.matmul, x, x)
        self.refuses(TypeError, "whole numbers", parallax_rs.histogram, x, 4)
        self.refuses(ValueError, "key 9 at place 1 .* 0 to 8", parallax_rs.histogram, np.array([8, 9], np.uint8), 9)
        self.refuses(ValueError, "no bins", parallax_rs.histogram, [0], 0)
        self.refuses(ValueError, "power of two", parallax_rs.random_histogram, 10, 100)
        self.refuses(TypeError, "complex128", parallax_rs.sort, x[0] + 1j)
        self.refuses(ValueError, "2 dimensions", parallax_rs.sort, x)
        self.refuses(ValueError, "width is 0", parallax_rs.julia, 0, 10)

    def test_a_wrong_number_is_refused_by_its_name(self):
        for name, function, *given in [
            ("samples", parallax_rs.montecarlo, -1),
            ("width", parallax_rs.julia, -1, 10),
            ("limit", parallax_rs.julia, 10, -1),
            ("bins", parallax_rs.histogram, [0], -1),
            ("n", parallax_rs.random_histogram, -1, 256),
            ("bins", parallax_rs.random_histogram, 10, -256),
        ]:
            self.refuses(ValueError, f"^{name} is -[0-9]+; give 0 or more", function, *given)
        self.refuses(ValueError, "^chunk is -1; give 0 or more", parallax_rs.map, np.sum, [1.0], chunk=-1)
        self.refuses(TypeError, "^samples: ", parallax_rs.montecarlo, 1.5)
        self.refuses(ValueError, "^limit is 4294967296, which is too large", parallax_rs.julia, 10, 2**32)

    def test_a_wrong_key_is_found_wherever_it_is(self):
        keys = np.zeros(200_000, np.int64)
        for place in [0, 99_999, 199_999]:
            keys[place] = -7
            for workers in WORKERS:
                words = f"key -7 at place {place} "
                self.refuses(ValueError, words, parallax_rs.histogram, keys, 10, workers=workers)
            keys[place] = 0

    def test_an_unsuitable_out_is_told(self):
        x = drawn.normal(size=(4, 4))
        self.refuses(ValueError, r"\[3, 4\]; the result has \[4, 4\]", parallax_rs.pairwise, x, np.empty((3, 4)))
        self.refuses(TypeError, "float32", parallax_rs.pairwise, x, np.empty((4, 4), np.float32))
        self.refuses(TypeError, "list", parallax_rs.pairwise, x, [])
        self.refuses(ValueError, "C-contiguous", parallax_rs.pairwise, x, np.empty((4, 4)).T)
        self.refuses(ValueError, "shares memory", parallax_rs.matmul, x, x, x)
        self.refuses(ValueError, "shares memory", parallax_rs.expression, "a + 1", a=x[:2], out=x[:2])
        fixed = np.empty((4, 4))
        fixed.setflags(write=False)
        self.refuses(ValueError, "read-only", parallax_rs.pairwise, x, fixed)
        self.refuses(TypeError, "out holds int64 and a float64", parallax_rs.sort, x[0], np.empty(4, int))
        self.refuses(ValueError, "shape", parallax_rs.sort, x[0], np.empty(5))

    def test_a_wrong_text_is_shown_at_its_place(self):
        x = np.arange(3.0)
        self.refuses(ValueError, r"column 7", parallax_rs.expression, "x + 1 $ 2", x=x)
        self.refuses(TypeError, "no array is given for 'y'", parallax_rs.expression, "x + y", x=x)
        self.refuses(ValueError, "one shape", parallax_rs.expression, "x + y", x=x, y=x[:2])
        self.refuses(ValueError, "names no array", parallax_rs.expression, "1 + 2")
        self.refuses(TypeError, "out", parallax_rs.expression, "x > 1", x=x, out=np.empty(3))

    def test_impossible_numbers_of_workers_are_told(self):
        for workers in [0, -1, 1025]:
            self.refuses(ValueError, f"workers is {workers}", parallax_rs.montecarlo, 10, workers=workers)


if __name__ == "__main__":
    unittest.main()
