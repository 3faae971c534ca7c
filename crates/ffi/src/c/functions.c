/* The expression that may call a library of vectors, for which this file is compiled with -ffast-math: its functions are
 * a few units off in the last place, which E2 allows. E6 does not: it would end five units off, and four are allowed.
 * Numbers must be finite. */

#include "expression.h"

EXPRESSION(e2, cos(a[i] * a[i] + b[i] * b[i]) / (1 + a[i] * a[i] + b[i] * b[i]))
