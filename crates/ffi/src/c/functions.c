/* The expression that may call a vector library, for which this file is compiled with -ffast-math: its functions are
 * a few units off in the last place, which E2 allows. E6 does not: it would be five units off, and four are allowed.
 * Numbers must be finite. */

#include "expression.h"

EXPRESSION(e2, cos(a[i] * a[i] + b[i] * b[i]) / (1 + a[i] * a[i] + b[i] * b[i]))
