#include "kernels.h"

/* One order of operations, so that every split of a step has the same bits. */
static inline double next(double rate, double u, double up, double down, double left, double right)
{
    return u + rate * (up + down + left + right - 4 * u);
}

/* The cells of a row that lie in `start..end`; `new` begins with cell `start`. */
static inline void step_row(double *restrict new, const double *restrict old, size_t rows, size_t side, double rate,
                            size_t row, size_t start, size_t end)
{
    const double *here = old + row * side;
    const double *above = old + (row + rows - 1) % rows * side;
    const double *below = old + (row + 1) % rows * side;
    struct span columns = columns_of(row, side, start, end);
    size_t to = row * side - start; /* may wrap below 0; an index added to it wraps back */
    size_t j = columns.first, last = columns.end < side ? columns.end : side - 1;
    if (j == 0) { /* the seam of the torus, outside the loop */
        new[to + 0] = next(rate, here[0], above[0], below[0], here[side - 1], here[1 % side]);
        j = 1;
    }
    for (; j < last; j++)
        new[to + j] = next(rate, here[j], above[j], below[j], here[j - 1], here[j + 1]);
    if (columns.end == side && side > 1)
        new[to + side - 1] = next(rate, here[side - 1], above[side - 1], below[side - 1], here[side - 2], here[0]);
}

void KERNEL(heat)(double *restrict new, const double *restrict old, size_t rows, size_t side, double rate,
                  size_t start, size_t len)
{
    size_t end = start + len;
#pragma omp parallel for
    for (size_t row = start / side; row < (end + side - 1) / side; row++)
        step_row(new, old, rows, side, rate, row, start, end);
}

#ifdef _OPENMP
/* All steps in one region: the team wakes once, and its threads meet at the end of each loop. */
void KERNEL(heat_steps)(double *first, double *second, size_t rows, size_t side, double rate, size_t steps)
{
#pragma omp parallel
    for (size_t step = 0; step < steps; step++) {
        double *old = step % 2 ? second : first, *new = step % 2 ? first : second;
#pragma omp for schedule(static)
        for (size_t row = 0; row < rows; row++)
            step_row(new, old, rows, side, rate, row, 0, rows * side);
    }
}
#endif
