#include "kernels.h"
#include <string.h>

enum {
    FEW = 24,        /* items that are sorted by insertion */
    ALONE = 1 << 15, /* items too few for a task: some hundred microseconds */
};

#define PASTE(step, type) step##_##type
#define TYPED(step, type) PASTE(step, type)
#define NAMED_FOR(step) TYPED(step, TYPE)

#define TYPE keys
#define ITEM uint64_t
#define KEY(item) (item)
#include "mergesort.h"
#undef TYPE
#undef ITEM
#undef KEY

struct record {
    uint32_t index;
    uint16_t key, unused;
};

#define TYPE records
#define ITEM struct record
#define KEY(item) ((item).key)
#include "mergesort.h"
