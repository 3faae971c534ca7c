#include "kernels.h"

#define BLOCK 512

/* Keys are drawn in blocks, because drawing them vectorises and counting them does not. */
#define COUNT(bin_of_r)                                                                                \
    _Pragma("omp parallel for reduction(+ : counts[:bins])")                                           \
    for (uint64_t block = first; block < end; block += BLOCK) {                                        \
        uint32_t bin[BLOCK];                                                                           \
        uint64_t n = end - block < BLOCK ? end - block : BLOCK;                                        \
        for (uint64_t i = 0; i < n; i++) {                                                             \
            uint64_t r = at(seed, block + i);                                                          \
            bin[i] = (uint32_t)(bin_of_r);                                                             \
        }                                                                                              \
        for (uint64_t i = 0; i < n; i++)                                                               \
            counts[bin[i]]++;                                                                          \
    }

void KERNEL(histogram)(uint64_t *restrict counts, size_t bins, int skewed, uint64_t seed, uint64_t first,
                       uint64_t end)
{
    if (skewed) {
        COUNT((UINT64_C(1) << (r >> 48) % 8) + (r & ((UINT64_C(1) << (r >> 48) % 8) - 1)))
    } else {
        COUNT(r & (bins - 1))
    }
}

void KERNEL(count)(uint64_t *restrict counts, const uint32_t *restrict bin, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        counts[bin[i]]++;
}
