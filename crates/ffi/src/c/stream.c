#include "kernels.h"

void KERNEL(stream)(double *restrict a, const double *restrict b, double factor, const double *restrict c, size_t n)
{
#pragma omp parallel for
    for (size_t i = 0; i < n; i++)
        a[i] += b[i] + factor * c[i];
}

#ifdef _OPENMP
/* All passes in one region: the team wakes once, and its threads meet at the end of each loop. */
void KERNEL(stream_passes)(double *restrict a, const double *restrict b, double factor, const double *restrict c,
                           size_t n, size_t passes)
{
#pragma omp parallel
    for (size_t pass = 0; pass < passes; pass++)
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i++)
            a[i] += b[i] + factor * c[i];
}
#endif
