#include "kernels.h"

#include <math.h>
#include <stdlib.h>

#define FOLDS 5
#define BLOCK 8 /* rows added together: each sum is loaded and stored once for all of them */

/* Row number `piece` of the rows that are not held out in `fold`; a row is its features and then its target. */
static const double *training_row(const double *table, size_t side, size_t fold, size_t piece)
{
    size_t group = piece / (FOLDS - 1), place = piece % (FOLDS - 1);
    return table + (group * FOLDS + place + (place >= fold)) * side;
}

/* Adds the products of all pairs of columns to the upper triangle of the square `sums`. */
void KERNEL(gather)(double *restrict sums, size_t side, const double *restrict table, size_t fold,
                    size_t first, size_t end)
{
    for (; first + BLOCK <= end; first += BLOCK) {
        const double *row[BLOCK];
        for (int r = 0; r < BLOCK; r++)
            row[r] = training_row(table, side, fold, first + r);
        for (size_t j = 0; j < side; j++)
            for (size_t k = j; k < side; k++) {
                double sum = sums[j * side + k];
                for (int r = 0; r < BLOCK; r++)
                    sum += row[r][j] * row[r][k];
                sums[j * side + k] = sum;
            }
    }
    for (; first < end; first++) {
        const double *row = training_row(table, side, fold, first);
        for (size_t j = 0; j < side; j++)
            for (size_t k = j; k < side; k++)
                sums[j * side + k] += row[j] * row[k];
    }
}

/* Fits by Cholesky's factorisation, in place, and returns the mean squared error on the rows held out.
 * The right-hand side is the last column, so forward substitution is part of the factorisation. */
double KERNEL(score)(double *restrict sums, size_t side, double lambda, const double *restrict table,
                     size_t rows, size_t fold)
{
    size_t d = side - 1;
    for (size_t k = 0; k < d; k++) {
        double *row = sums + k * side;
        double pivot = sqrt(row[k] + lambda);
        row[k] = pivot;
        for (size_t j = k + 1; j < side; j++)
            row[j] /= pivot;
        for (size_t i = k + 1; i < d; i++)
            for (size_t j = i; j < side; j++)
                sums[i * side + j] -= row[i] * row[j];
    }
    for (size_t k = d; k-- > 0;) { /* the weights replace the right-hand side */
        double known = 0;
        for (size_t j = k + 1; j < d; j++)
            known += sums[k * side + j] * sums[j * side + d];
        sums[k * side + d] = (sums[k * side + d] - known) / sums[k * side + k];
    }
    double squares = 0;
    size_t count = 0;
    for (size_t i = fold; i < rows; i += FOLDS, count++) {
        double miss = table[i * side + d];
        for (size_t j = 0; j < d; j++)
            miss -= table[i * side + j] * sums[j * side + d];
        squares += miss * miss;
    }
    return squares / count;
}

#ifdef _OPENMP
/* All fits, spread whole: a fit is large compared with the cost of handing it out. */
void KERNEL(search)(double *restrict errors, size_t fits, const double *restrict table, size_t rows, size_t side)
{
#pragma omp parallel for schedule(dynamic)
    for (size_t fit = 0; fit < fits; fit++) {
        double *sums = calloc(side * side, sizeof *sums);
        errors[fit] = NAN; /* stays if there is no memory */
        if (sums) {
            KERNEL(gather)(sums, side, table, fit % FOLDS, 0, rows / FOLDS * (FOLDS - 1));
            errors[fit] = KERNEL(score)(sums, side, ldexp(1, fit / FOLDS), table, rows, fit % FOLDS);
        }
        free(sums);
    }
}
#endif
