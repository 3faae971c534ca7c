// Counts the allocations of a process and its children: wrappers with glibc's names around glibc's allocator.
//
// A worker is started with it in LD_PRELOAD only to be counted, never to be timed. PARALLAX_HEAP names a file that each
// process of the tree maps: in it the worker switches counting on and off, and reads the counts. See heap.rs.

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// glibc's allocator under names that are never overridden, so they need no lookup, which would allocate.
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

// The file's contents. Every access is relaxed: the counts order no other memory.
struct page {
    _Atomic uint64_t on;
    _Atomic uint64_t allocations;
    _Atomic uint64_t bytes;
    _Atomic int64_t held; // relative to when counting was switched on; below 0 where older memory was freed
    _Atomic int64_t peak;
};

static struct page *page;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("PARALLAX_HEAP");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *mapped = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED) page = mapped;
}

static int counts(void) {
    return page && atomic_load_explicit(&page->on, memory_order_relaxed);
}

// The bytes that the allocator set aside, so that allocating and freeing cancel out.
static int64_t size_of(void *memory) {
    return memory ? (int64_t)malloc_usable_size(memory) : 0;
}

static void hold(int64_t more) {
    int64_t held = atomic_fetch_add_explicit(&page->held, more, memory_order_relaxed) + more;
    int64_t peak = atomic_load_explicit(&page->peak, memory_order_relaxed);
    while (held > peak && !atomic_compare_exchange_weak_explicit(&page->peak, &peak, held, memory_order_relaxed,
                                                                 memory_order_relaxed)) {
    }
}

static void *taken(void *memory, size_t bytes) {
    if (memory && counts()) {
        atomic_fetch_add_explicit(&page->allocations, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&page->bytes, bytes, memory_order_relaxed);
        hold(size_of(memory));
    }
    return memory;
}

void *malloc(size_t bytes) {
    return taken(__libc_malloc(bytes), bytes);
}

void *calloc(size_t items, size_t each) {
    return taken(__libc_calloc(items, each), items * each); // if the product overflows, there is no memory
}

// A reallocated block counts as a new one, whether or not it stays in place.
void *realloc(void *old, size_t bytes) {
    int64_t had = counts() ? size_of(old) : 0;
    void *memory = __libc_realloc(old, bytes);
    if ((memory || bytes == 0) && counts()) hold(-had);
    return taken(memory, bytes);
}

void *reallocarray(void *old, size_t items, size_t each) {
    if (each && items > SIZE_MAX / each) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, items * each);
}

void free(void *memory) {
    if (memory && counts()) hold(-size_of(memory));
    __libc_free(memory);
}

void *memalign(size_t alignment, size_t bytes) {
    return taken(__libc_memalign(alignment, bytes), bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    return memalign(alignment, bytes);
}

void *valloc(size_t bytes) {
    return memalign((size_t)sysconf(_SC_PAGESIZE), bytes);
}

void *pvalloc(size_t bytes) {
    size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
    return memalign(page_size, (bytes + page_size - 1) / page_size * page_size);
}

int posix_memalign(void **memory, size_t alignment, size_t bytes) {
    int is_power = alignment && (alignment & (alignment - 1)) == 0;
    if (!is_power || alignment % sizeof(void *)) return EINVAL;
    void *got = memalign(alignment, bytes);
    if (!got) return ENOMEM;
    *memory = got;
    return 0;
}
