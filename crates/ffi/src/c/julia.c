#include "kernels.h"

static inline uint32_t escape(double x, double y, double re, double im, uint32_t limit)
{
    uint32_t steps = 0;
    while (x * x + y * y < 4 && steps < limit) {
        double next = x * x - y * y + re;
        y = 2 * x * y + im;
        x = next;
        steps++;
    }
    return steps;
}

void KERNEL(julia)(uint32_t *restrict counts, const double *restrict xs, size_t width,
                   const double *restrict ys, double re, double im, uint32_t limit, size_t start, size_t len)
{
    size_t end = start + len;
#pragma omp parallel for schedule(dynamic)
    for (size_t row = start / width; row < (end + width - 1) / width; row++) {
        struct span columns = columns_of(row, width, start, end);
        for (size_t j = columns.first; j < columns.end; j++)
            counts[row * width + j - start] = escape(xs[j], ys[row], re, im, limit);
    }
}
