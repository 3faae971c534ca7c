#include <stdint.h>
#include <stdlib.h>

/* The library has neither the type nor the order: for each comparison it calls this through a pointer. */
static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

void parallax_qsort(uint64_t *keys, size_t n)
{
    qsort(keys, n, sizeof *keys, compare);
}
