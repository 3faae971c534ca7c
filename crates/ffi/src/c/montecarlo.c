#include "kernels.h"

uint64_t KERNEL(montecarlo)(uint64_t seed, uint64_t first, uint64_t end)
{
    uint64_t hits = 0;
#pragma omp parallel for reduction(+ : hits)
    for (uint64_t i = first; i < end; i++) {
        uint64_t x = at(seed, 2 * i) >> 33, y = at(seed, 2 * i + 1) >> 33;
        hits += x * x + y * y < UINT64_C(1) << 62;
    }
    return hits;
}
