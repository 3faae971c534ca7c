#include "kernels.h"

void KERNEL(bubblesort)(int64_t *values, size_t n, uint64_t *comparisons, uint64_t *swaps)
{
    *comparisons = *swaps = 0;
    for (size_t end = n; end > 1; end--) {
        uint64_t exchanged = 0;
        for (size_t i = 1; i < end; i++) {
            int64_t left = values[i - 1], right = values[i];
            if (left > right) {
                values[i - 1] = right;
                values[i] = left;
                exchanged++;
            }
        }
        *comparisons += end - 1;
        *swaps += exchanged;
        if (exchanged == 0)
            break;
    }
}
