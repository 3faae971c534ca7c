"""Diffusion of ink in a dish, as a program that is timed from start to end: `… WAY SIDE STEPS`.

Each way imports only what it needs, since that is part of the time.
"""

import sys

RATE = 0.1  # the time step; the diffusion constant is 1


def by_python(side, steps):
    """Lists of rows; neighbours by index, with wrap-around."""
    grid = [[0.0 for _ in range(side)] for _ in range(side)]
    for i in range(int(side * 0.4), int(side * 0.5)):
        for j in range(int(side * 0.4), int(side * 0.5)):
            grid[i][j] = 0.005
    for _ in range(steps):
        grid = evolved(grid, RATE)
    return grid


def evolved(grid, step, constant=1.0):
    side = len(grid)
    new = [[0.0 for _ in range(side)] for _ in range(side)]
    for i in range(side):
        for j in range(side):
            vertical = grid[(i + 1) % side][j] + grid[(i - 1) % side][j] - 2.0 * grid[i][j]
            horizontal = grid[i][(j + 1) % side] + grid[i][(j - 1) % side] - 2.0 * grid[i][j]
            new[i][j] = grid[i][j] + constant * (vertical + horizontal) * step
    return new


def drop(side):
    """A square of ink in an empty dish."""
    from numpy import zeros

    grid = zeros((side, side))
    grid[int(side * 0.4) : int(side * 0.5), int(side * 0.4) : int(side * 0.5)] = 0.005
    return grid


def by_numpy(side, steps, constant=1):
    """`roll` makes a copy for each neighbour."""
    from numpy import roll

    grid = drop(side)
    for _ in range(steps):
        around = roll(grid, +1, 0) + roll(grid, -1, 0) + roll(grid, +1, 1) + roll(grid, -1, 1) - 4 * grid
        grid = grid + RATE * constant * around
    return grid


def laplacian(grid, out):
    """In place: each neighbour is added by slices, so only the grid itself is copied."""
    from numpy import copyto, multiply

    copyto(out, grid)
    multiply(out, -4.0, out)
    out[1:, :] += grid[:-1, :]
    out[0, :] += grid[-1, :]
    out[:-1, :] += grid[1:, :]
    out[-1, :] += grid[0, :]
    out[:, 1:] += grid[:, :-1]
    out[:, 0] += grid[:, -1]
    out[:, :-1] += grid[:, 1:]
    out[:, -1] += grid[:, 0]


def in_place(side, steps, constant=1):
    from numpy import add, multiply, zeros

    grid, scratch = drop(side), zeros((side, side))
    for _ in range(steps):
        laplacian(grid, scratch)
        multiply(scratch, constant * RATE, scratch)
        add(scratch, grid, scratch)
        grid, scratch = scratch, grid
    return grid


def by_numexpr(side, steps):
    """As in place, with the last two operations in one pass."""
    from numexpr import evaluate
    from numpy import zeros

    grid, scratch = drop(side), zeros((side, side))
    values = {"D": 1, "dt": RATE}
    for _ in range(steps):
        laplacian(grid, scratch)
        evaluate("out*D*dt + grid", values | {"out": scratch, "grid": grid}, out=scratch)
        grid, scratch = scratch, grid
    return grid


WAYS = {"Python": by_python, "NumPy": by_numpy, "NumPy in place": in_place, "numexpr": by_numexpr}

if __name__ == "__main__":
    WAYS[sys.argv[1]](*map(int, sys.argv[2:]))
