#include "kernels.h"

#include <math.h>

/* Each expression as a function of its own: what someone writes who knows it beforehand. */
#define EXPRESSION(name, value)                                                                        \
    void KERNEL(name)(double *restrict z, const double *restrict a, const double *restrict b,          \
                      const double *restrict c, const double *restrict d, size_t n)                    \
    {                                                                                                  \
        (void)b, (void)c, (void)d; /* not all expressions have four arrays */                          \
        PRAGMA(omp parallel for)                                                                       \
        for (size_t i = 0; i < n; i++)                                                                 \
            z[i] = value;                                                                              \
    }
#define PRAGMA(words) _Pragma(#words)

EXPRESSION(e2, cos(a[i] * a[i] + b[i] * b[i]) / (1 + a[i] * a[i] + b[i] * b[i]))
EXPRESSION(e3, ((.25 * a[i] + .75) * a[i] - 1.5) * a[i] - 2)
EXPRESSION(e4, a[i] * b[i] + c[i] * d[i])
EXPRESSION(e5, 2 * a[i] + 3 * b[i])
EXPRESSION(e6, sin(a[i]) + log(b[i] * b[i] + 1) * sqrt(c[i] * c[i] + 1))
