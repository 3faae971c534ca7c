/* Each expression as a function of its own, as you write it when you know the expression at compile time. */

#ifndef PARALLAX_EXPRESSION_H
#define PARALLAX_EXPRESSION_H

#include "kernels.h"

#include <math.h>

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

#endif
