#include "kernels.h"

void KERNEL(stream)(double *restrict a, const double *restrict b, double factor, const double *restrict c, size_t n)
{
#pragma omp parallel for
    for (size_t i = 0; i < n; i++)
        a[i] += b[i] + factor * c[i];
}
