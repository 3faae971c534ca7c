#include "kernels.h"

#include <math.h>

void KERNEL(pairwise)(double *restrict distances, const double *restrict points, size_t m, size_t start,
                      size_t len)
{
    size_t end = start + len;
#pragma omp parallel for
    for (size_t row = start / m; row < (end + m - 1) / m; row++) {
        double x = points[3 * row], y = points[3 * row + 1], z = points[3 * row + 2];
        struct span columns = columns_of(row, m, start, end);
        for (size_t j = columns.first; j < columns.end; j++) {
            double u = x - points[3 * j], v = y - points[3 * j + 1], w = z - points[3 * j + 2];
            distances[row * m + j - start] = sqrt(u * u + v * v + w * w);
        }
    }
}
