#include "kernels.h"

void KERNEL(bubblesort)(int64_t *values, size_t n, uint64_t *comparisons, uint64_t *swaps)
{
    *comparisons = *swaps = 0;
    for (size_t end = n; end > 1; end--) {
        uint64_t exchanged = 0;
        int64_t larger = values[0]; /* largest value of the pass so far; selected without a branch */
        for (size_t i = 1; i < end; i++) {
            int64_t next = values[i];
            int swap = larger > next;
            values[i - 1] = swap ? next : larger;
            larger = swap ? larger : next;
            exchanged += swap;
        }
        values[end - 1] = larger;
        *comparisons += end - 1;
        *swaps += exchanged;
        if (exchanged == 0)
            break;
    }
}
