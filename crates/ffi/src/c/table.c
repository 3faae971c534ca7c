/* One table of function pointers for each version: the only symbol that Rust declares. */

#include "kernels.h"

struct record;

/* The order is that of `Kernels` in kernels.rs; a test compares the two by the first field. */
struct kernels {
    size_t bytes;
    void (*bubblesort)(int64_t *, size_t, uint64_t *, uint64_t *);
    void (*comparison)(uint8_t *, const double *, const double *, size_t);
    void (*expressions[5])(double *, const double *, const double *, const double *, const double *, size_t);
    void (*gather)(double *, size_t, const double *, size_t, size_t, size_t);
    double (*score)(double *, size_t, double, const double *, size_t, size_t);
    void (*heat)(double *, const double *, size_t, size_t, double, size_t, size_t);
    void (*histogram)(uint64_t *, size_t, int, uint64_t, uint64_t, uint64_t);
    void (*count)(uint64_t *, const uint32_t *, uint64_t);
    void (*julia)(uint32_t *, const double *, size_t, const double *, double, double, uint32_t, size_t, size_t);
    size_t (*packed)(size_t, size_t);
    void (*pack)(double *, const double *, size_t, size_t);
    void (*matmul)(double *, const double *, const double *, size_t, size_t, size_t);
    void (*matmul_part)(double *, const double *, const double *, size_t, size_t, size_t);
    uint64_t (*montecarlo)(uint64_t, uint64_t, uint64_t);
    void (*pairwise)(double *, const double *, size_t, size_t, size_t);
    void (*stream)(double *, const double *, double, const double *, size_t);
    void (*search)(double *, size_t, const double *, size_t, size_t);
    void (*heat_steps)(double *, double *, size_t, size_t, double, size_t);
    void (*stream_passes)(double *, const double *, double, const double *, size_t, size_t);
    void (*mergesort_keys)(const uint64_t *, uint64_t *, uint64_t *, size_t);
    void (*mergesort_records)(const struct record *, struct record *, struct record *, size_t);
};

extern void KERNEL(bubblesort)(int64_t *, size_t, uint64_t *, uint64_t *);
extern void KERNEL(comparison)(uint8_t *, const double *, const double *, size_t);
#define EXPRESSION(name) \
    extern void KERNEL(name)(double *, const double *, const double *, const double *, const double *, size_t)
EXPRESSION(e2);
EXPRESSION(e3);
EXPRESSION(e4);
EXPRESSION(e5);
EXPRESSION(e6);
extern void KERNEL(gather)(double *, size_t, const double *, size_t, size_t, size_t);
extern double KERNEL(score)(double *, size_t, double, const double *, size_t, size_t);
extern void KERNEL(heat)(double *, const double *, size_t, size_t, double, size_t, size_t);
extern void KERNEL(histogram)(uint64_t *, size_t, int, uint64_t, uint64_t, uint64_t);
extern void KERNEL(count)(uint64_t *, const uint32_t *, uint64_t);
extern void KERNEL(julia)(uint32_t *, const double *, size_t, const double *, double, double, uint32_t, size_t, size_t);
extern size_t KERNEL(packed)(size_t, size_t);
extern void KERNEL(pack)(double *, const double *, size_t, size_t);
extern void KERNEL(matmul)(double *, const double *, const double *, size_t, size_t, size_t);
extern void KERNEL(matmul_part)(double *, const double *, const double *, size_t, size_t, size_t);
extern uint64_t KERNEL(montecarlo)(uint64_t, uint64_t, uint64_t);
extern void KERNEL(pairwise)(double *, const double *, size_t, size_t, size_t);
extern void KERNEL(stream)(double *, const double *, double, const double *, size_t);
#ifdef SORTS
extern void KERNEL(mergesort_keys)(const uint64_t *, uint64_t *, uint64_t *, size_t);
extern void KERNEL(mergesort_records)(const struct record *, struct record *, struct record *, size_t);
#endif
#ifdef _OPENMP
extern void KERNEL(search)(double *, size_t, const double *, size_t, size_t);
extern void KERNEL(heat_steps)(double *, double *, size_t, size_t, double, size_t);
extern void KERNEL(stream_passes)(double *, const double *, double, const double *, size_t, size_t);
#endif

const struct kernels KERNEL(kernels) = {
    .bytes = sizeof(struct kernels),
    .bubblesort = KERNEL(bubblesort),
    .comparison = KERNEL(comparison),
    .expressions = {KERNEL(e2), KERNEL(e3), KERNEL(e4), KERNEL(e5), KERNEL(e6)},
    .gather = KERNEL(gather),
    .score = KERNEL(score),
    .heat = KERNEL(heat),
    .histogram = KERNEL(histogram),
    .count = KERNEL(count),
    .julia = KERNEL(julia),
    .packed = KERNEL(packed),
    .pack = KERNEL(pack),
    .matmul = KERNEL(matmul),
    .matmul_part = KERNEL(matmul_part),
    .montecarlo = KERNEL(montecarlo),
    .pairwise = KERNEL(pairwise),
    .stream = KERNEL(stream),
#ifdef SORTS
    .mergesort_keys = KERNEL(mergesort_keys),
    .mergesort_records = KERNEL(mergesort_records),
#endif
#ifdef _OPENMP
    .search = KERNEL(search),
    .heat_steps = KERNEL(heat_steps),
    .stream_passes = KERNEL(stream_passes),
#endif
};
