#include "expression.h"

EXPRESSION(e3, ((.25 * a[i] + .75) * a[i] - 1.5) * a[i] - 2)
EXPRESSION(e4, a[i] * b[i] + c[i] * d[i])
EXPRESSION(e5, 2 * a[i] + 3 * b[i])
EXPRESSION(e6, sin(a[i]) + log(b[i] * b[i] + 1) * sqrt(c[i] * c[i] + 1))
