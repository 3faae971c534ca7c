/* Shared by all kernels: a name for each version of them, the suite's random numbers, and rows. */

#ifndef PARALLAX_KERNELS_H
#define PARALLAX_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* VERSION is the language and the instruction set that a file is compiled for, such as c_avx2. */
#define JOIN(name, version) parallax_##name##_##version
#define NAMED(name, version) JOIN(name, version)
#define KERNEL(name) NAMED(name, VERSION)

/* SplitMix64 at a position: the suite's random.rs in C. */
static inline uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

static inline uint64_t at(uint64_t seed, uint64_t i)
{
    return mix(seed + (i + 1) * 0x9E3779B97F4A7C15);
}

/* A piece of a table is any range of its cells, so it may begin and end within a row. */
struct span {
    size_t first, end;
};

static inline struct span columns_of(size_t row, size_t width, size_t start, size_t end)
{
    size_t here = row * width;
    struct span columns = {start > here ? start - here : 0, end - here < width ? end - here : width};
    return columns;
}

#endif
