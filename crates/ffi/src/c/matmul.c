#include "kernels.h"

#include <string.h>

/* A tile of the product stays in registers: ROWS rows of VECTORS vectors, as many as there are
 * registers for, after those for the factors. The scheme is Goto and van de Geijn's (2008). */
#if defined(__AVX512F__)
#define BYTES 64
#define ROWS 8
#define VECTORS 3
#elif defined(__AVX2__)
#define BYTES 32
#define ROWS 4
#define VECTORS 3
#else
#define BYTES 16
#define ROWS 4
#define VECTORS 2
#endif

typedef double vector __attribute__((vector_size(BYTES), aligned(8), may_alias));

#define LANES (BYTES / 8)
#define COLUMNS (VECTORS * LANES)
#define DEPTH 512 /* a tile's part of `a` stays in the first-level cache */
#define WIDTH 120 /* and this many columns of `b` in the second */

_Static_assert(WIDTH % COLUMNS == 0, "a block is made of whole panels");

static inline size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t padded(size_t n)
{
    return (n + COLUMNS - 1) / COLUMNS * COLUMNS;
}

/* The length of the packed right factor, in numbers. */
size_t KERNEL(packed)(size_t inner, size_t columns)
{
    return inner * padded(columns);
}

/* Lays `b` out in the order of reading: panels of COLUMNS columns, each from top to bottom, padded with zeros. */
void KERNEL(pack)(double *restrict to, const double *restrict b, size_t inner, size_t columns)
{
#pragma omp parallel for
    for (size_t panel = 0; panel < columns; panel += COLUMNS)
        for (size_t k = 0; k < inner; k++)
            for (size_t j = 0; j < COLUMNS; j++)
                to[panel * inner + k * COLUMNS + j] = panel + j < columns ? b[k * columns + panel + j] : 0;
}

/* Adds `a` times a packed panel to a tile of `c`; skips the padding beyond `rows` and `columns`. */
static inline void tile(double *restrict c, const double *restrict a, const double *restrict panel, size_t c_row,
                        size_t a_row, size_t depth, size_t rows, size_t columns)
{
    vector sum[ROWS][VECTORS] = {0};
    const double *row[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        row[i] = a + least(i, rows - 1) * a_row;
    for (size_t k = 0; k < depth; k++) {
        const vector *b = (const vector *)(panel + k * COLUMNS);
#pragma GCC unroll 8
        for (size_t i = 0; i < ROWS; i++)
#pragma GCC unroll 8
            for (size_t v = 0; v < VECTORS; v++)
                sum[i][v] += row[i][k] * b[v];
    }
    if (rows == ROWS && columns == COLUMNS) {
#pragma GCC unroll 8
        for (size_t i = 0; i < ROWS; i++)
#pragma GCC unroll 8
            for (size_t v = 0; v < VECTORS; v++)
                ((vector *)(c + i * c_row))[v] += sum[i][v];
    } else {
        double all[ROWS][COLUMNS];
        memcpy(all, sum, sizeof all);
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < columns; j++)
                c[i * c_row + j] += all[i][j];
    }
}

/* Whole rows of the product: `rows` of `a`, each of `inner` numbers, times the packed factor. */
void KERNEL(matmul)(double *restrict c, const double *restrict a, const double *restrict packed, size_t rows,
                    size_t inner, size_t columns)
{
    memset(c, 0, rows * columns * sizeof *c);
    for (size_t k = 0; k < inner; k += DEPTH)
        for (size_t left = 0; left < columns; left += WIDTH) {
#pragma omp parallel for
            for (size_t i = 0; i < rows; i += ROWS)
                for (size_t j = left; j < least(left + WIDTH, columns); j += COLUMNS)
                    tile(c + i * columns + j, a + i * inner + k, packed + j * inner + k * COLUMNS, columns, inner,
                         least(DEPTH, inner - k), least(ROWS, rows - i), least(COLUMNS, columns - j));
        }
}

/* A part of one row, of `part` columns of `b`: no number is used twice, so nothing is packed. */
void KERNEL(matmul_part)(double *restrict c, const double *restrict a, const double *restrict b, size_t part,
                         size_t inner, size_t columns)
{
    memset(c, 0, part * sizeof *c);
    for (size_t k = 0; k < inner; k++)
        for (size_t j = 0; j < part; j++)
            c[j] += a[k] * b[k * columns + j];
}
