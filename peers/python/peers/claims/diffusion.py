"""The Julia set and the diffusion of *High Performance Python*: Python, NumPy, NumPy in place, numexpr."""

import numpy as np

from peers.claims import Study, claim
from peers.claims.timing import once

RATE = 0.1  # the time step times the diffusion constant
C = -0.62772 - 0.42193j


def steps_until_escape(zs, limit):
    """How often each point is squared before it leaves the circle of radius 2."""
    counts = []
    for z in zs:
        n = 0
        while abs(z) < 2 and n < limit:
            z = z * z + C
            n += 1
        counts.append(n)
    return counts


def plane(width):
    """The points of the square from -1.8 to 1.8, whose coordinates are added up step by step as in the book."""
    step, xs, ys, x, y = 3.6 / width, [], [], -1.8, 1.8
    while x < 1.8:
        xs.append(x)
        x += step
    while y > -1.8:
        ys.append(y)
        y -= step
    return [complex(x, y) for y in ys for x in xs]


def drop(side):
    """A square of ink in an empty dish."""
    grid = np.zeros((side, side))
    grid[int(side * 0.4) : int(side * 0.5), int(side * 0.4) : int(side * 0.5)] = 0.005
    return grid


def by_python(grid, steps):
    """Lists of rows; neighbours by index, round the edge."""
    side = len(grid)
    for _ in range(steps):
        new = [[0.0] * side for _ in range(side)]
        for i in range(side):
            for j in range(side):
                vertical = grid[(i + 1) % side][j] + grid[(i - 1) % side][j] - 2.0 * grid[i][j]
                horizontal = grid[i][(j + 1) % side] + grid[i][(j - 1) % side] - 2.0 * grid[i][j]
                new[i][j] = grid[i][j] + (vertical + horizontal) * RATE
        grid = new
    return np.array(grid)


def by_numpy(grid, steps):
    """`roll` makes a copy for each neighbour."""
    for _ in range(steps):
        around = np.roll(grid, 1, 0) + np.roll(grid, -1, 0) + np.roll(grid, 1, 1) + np.roll(grid, -1, 1)
        grid = grid + RATE * (around - 4 * grid)
    return grid


def laplacian(grid, out):
    """In place: each neighbour is added by its slices, so nothing is copied."""
    np.multiply(grid, -4.0, out)
    out[1:] += grid[:-1]
    out[0] += grid[-1]
    out[:-1] += grid[1:]
    out[-1] += grid[0]
    out[:, 1:] += grid[:, :-1]
    out[:, 0] += grid[:, -1]
    out[:, :-1] += grid[:, 1:]
    out[:, -1] += grid[:, 0]


def in_place(grid, steps):
    grid, scratch = grid.copy(), np.empty_like(grid)
    for _ in range(steps):
        laplacian(grid, scratch)
        np.multiply(scratch, RATE, scratch)
        np.add(scratch, grid, scratch)
        grid, scratch = scratch, grid
    return grid


def by_numexpr(grid, steps):
    """The same, with the last two operations in one pass."""
    import numexpr

    grid, scratch = grid.copy(), np.empty_like(grid)
    for _ in range(steps):
        laplacian(grid, scratch)
        numexpr.evaluate("out*rate + grid", {"out": scratch, "rate": RATE, "grid": grid}, out=scratch)
        grid, scratch = scratch, grid
    return grid


@claim("julia-and-diffusion")
def julia_and_diffusion(_, width=1000, limit=300, side=640, steps=500, python_steps=5):
    """Single runs, of which the least counts; Python makes a hundredth of the steps."""
    zs, grid = plane(width), drop(side)
    few = {way.__name__: way(grid, 3) for way in (by_numpy, in_place, by_numexpr)}
    for name, result in few.items():
        np.testing.assert_allclose(result, by_python(grid.tolist(), 3), atol=1e-15, err_msg=name)

    def published():
        ways = {"NumPy": by_numpy, "NumPy in place": in_place, "numexpr": by_numexpr}
        took = {name: once(lambda: way(grid, steps))[0] for name, way in ways.items()}
        slow, _ = once(lambda: by_python(grid.tolist(), python_steps))
        return took | {"Python, from a hundredth of the steps": slow * steps / python_steps}

    def corrected():
        took, counts = once(lambda: steps_until_escape(zs, limit))
        return {"Julia set in Python": took, "Julia set: sum of the counts": sum(counts)}

    return Study(published, corrected)
