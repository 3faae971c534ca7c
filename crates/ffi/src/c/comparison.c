#include "kernels.h"

void KERNEL(comparison)(uint8_t *restrict truths, const double *restrict a, const double *restrict b, size_t n)
{
#pragma omp parallel for
    for (size_t i = 0; i < n; i++)
        truths[i] = a[i] * b[i] - 4.125 * a[i] > 2.5 * b[i];
}
