"""Claims of *High Performance Python* about the Julia set and diffusion: Python, NumPy, NumPy in place, numexpr."""

import subprocess
import sys

import numpy as np

from peers.claims import Study, claim, diffusion_program
from peers.claims.timing import once

C = -0.62772 - 0.42193j


def steps_until_escape(zs, limit):
    """The escape count of each point, its steps before it leaves the circle of radius 2."""
    counts = []
    for z in zs:
        n = 0
        while abs(z) < 2 and n < limit:
            z = z * z + C
            n += 1
        counts.append(n)
    return counts


def plane(width):
    """The points of the square from -1.8 to 1.8, with coordinates by repeated addition, as in the book."""
    step, xs, ys, x, y = 3.6 / width, [], [], -1.8, 1.8
    while x < 1.8:
        xs.append(x)
        x += step
    while y > -1.8:
        ys.append(y)
        y -= step
    return [complex(x, y) for y in ys for x in xs]


@claim("julia-and-diffusion")
def julia_and_diffusion(_, width=1000, limit=300, side=640, steps=500):
    """The elapsed time of each program, as by `time -v`."""
    right = np.array(diffusion_program.by_python(40, 5))
    for name, way in diffusion_program.WAYS.items():
        np.testing.assert_allclose(way(40, 5), right, atol=1e-15, err_msg=name)
    program = [sys.executable, diffusion_program.__file__]

    def elapsed(way):
        command = [*program, way, str(side), str(steps)]
        return once(lambda: subprocess.run(command, check=True, stdin=subprocess.DEVNULL))[0]

    def published():
        took, counts = once(lambda: steps_until_escape(plane(width), limit))
        figures = {"Julia set in Python": took, "Julia set: sum of the counts": sum(counts)}
        return figures | {way: elapsed(way) for way in diffusion_program.WAYS}

    return Study(published)
