/* Known tools in plain C: the triad of STREAM, and loops of multiply-adds with vector extensions.

   tools KERNEL WORKERS BYTES SAMPLES

   prints a line for each sample, the rate of all workers together, and then "sum" with the sum of their results.

   Three things that STREAM leaves to whoever compiles and places it are those of the limits here, or its result would be
   another: huge pages, arrays that do not look alike in the last 12 bits of their addresses, and stores past the caches
   as wide as the processor has them. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define WIDTH 64
#define STREAM(to, x) _mm512_stream_pd(to, (__m512d)(x))
#elif defined(__AVX2__)
#define WIDTH 32
#define STREAM(to, x) _mm256_stream_pd(to, (__m256d)(x))
#else
#define WIDTH 16
#define STREAM(to, x) _mm_stream_pd(to, (__m128d)(x))
#endif
#define HUGE_PAGE (2 << 20)
#define SKEW 1088 /* bytes between the arrays beyond whole pages */
#define CHAINS 12
#define STEPS (1 << 14)
#define PASSES 64
#define MOST_WORKERS 256

typedef double doubles __attribute__((vector_size(WIDTH)));
typedef float singles __attribute__((vector_size(WIDTH)));
typedef struct { double *a, *b, *c; size_t length; double sum; } state;

static int workers, samples;
static size_t bytes;
static atomic_long arrived;
static double began[MOST_WORKERS], ended[MOST_WORKERS], sums[MOST_WORKERS];

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + 1e-9 * now.tv_nsec;
}

/* Waits for all workers, awake. */
static void meet(void) {
    long all = (atomic_fetch_add(&arrived, 1) / workers + 1) * workers;
    for (int looks = 1; atomic_load(&arrived) < all; looks++)
        if (looks % 1024 == 0) sched_yield();
}

static double triad(state *s) {
    double *restrict a = s->a, *restrict b = s->b, *restrict c = s->c;
    for (size_t i = 0; i < s->length; i++) a[i] = b[i] + 3.0 * c[i];
    return 24.0 * s->length;
}

static double streaming(state *s) {
#ifdef __SSE2__
    const doubles *b = (doubles *)s->b, *c = (doubles *)s->c;
    for (size_t i = 0; i < s->length * 8 / WIDTH; i++) STREAM(s->a + i * WIDTH / 8, b[i] + 3.0 * c[i]);
    _mm_sfence();
    return 24.0 * s->length;
#else
    (void)s;
    fprintf(stderr, "no stores past the caches in C here\n");
    exit(2);
#endif
}

/* x = x*1 + 1 in each lane of each chain; `volatile`, or the compiler would add alone. */
#define FMA(name, vector, number)                                                           \
    static double name(state *s) {                                                          \
        enum { LANES = sizeof(vector) / sizeof(number) };                                   \
        volatile number given = 1;                                                          \
        for (int pass = 0; pass < PASSES; pass++) {                                         \
            vector one = (vector){0} + given, x[CHAINS];                                    \
            for (int k = 0; k < CHAINS; k++) x[k] = one * (number)k;                        \
            for (int step = 0; step < STEPS; step++)                                        \
                _Pragma("GCC unroll 16") for (int k = 0; k < CHAINS; k++) x[k] = x[k] * one + one; \
            for (int k = 0; k < CHAINS; k++)                                                \
                for (int lane = 0; lane < LANES; lane++) s->sum += x[k][lane];              \
        }                                                                                   \
        return 2.0 * LANES * CHAINS * STEPS * PASSES;                                       \
    }
FMA(fma64, doubles, double)
FMA(fma32, singles, float)

static const struct { const char *name; double (*run)(state *); } kernels[] = {
    {"triad", triad}, {"streaming", streaming}, {"fma", fma64}, {"fma32", fma32},
};
static double (*kernel)(state *);

static void *work(void *index) {
    long me = (long)index;
    state s = {.length = bytes / 24 / workers / 8 * 8};
    double **arrays[] = {&s.a, &s.b, &s.c};
    for (int k = 0; k < 3; k++) {
        size_t room = (s.length * 8 + 3 * SKEW + HUGE_PAGE) / HUGE_PAGE * HUGE_PAGE;
        char *memory = aligned_alloc(HUGE_PAGE, room);
        if (!memory) exit(3);
        madvise(memory, room, MADV_HUGEPAGE); /* before the first touch; a refusal costs only speed */
        *arrays[k] = (double *)(memory + k * SKEW);
    }
    for (size_t i = 0; i < s.length; i++) s.a[i] = -1, s.b[i] = i % 1024, s.c[i] = i % 1021;
    kernel(&s); /* warm */
    s.sum = 0;
    for (int sample = 0; sample < samples; sample++) {
        meet();
        began[me] = seconds();
        double amount = kernel(&s);
        ended[me] = seconds();
        meet();
        if (me == 0) {
            double first = began[0], last = ended[0];
            for (int k = 1; k < workers; k++) {
                if (began[k] < first) first = began[k];
                if (ended[k] > last) last = ended[k];
            }
            printf("%.6e\n", amount * workers / (last - first));
        }
        meet();
    }
    if (kernel == triad || kernel == streaming)
        for (size_t i = 0; i < s.length; i++) s.sum += s.a[i];
    sums[me] = s.sum;
    return NULL;
}

int main(int count, char **args) {
    if (count != 5) return 2;
    for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++)
        if (!strcmp(args[1], kernels[k].name)) kernel = kernels[k].run;
    workers = atoi(args[2]), bytes = strtoull(args[3], NULL, 10), samples = atoi(args[4]);
    if (!kernel || workers < 1 || workers > MOST_WORKERS) return 2;
    pthread_t others[MOST_WORKERS];
    for (long k = 1; k < workers; k++) pthread_create(&others[k], NULL, work, (void *)k);
    work((void *)0);
    double sum = 0;
    for (int k = 0; k < workers; k++) {
        if (k) pthread_join(others[k], NULL);
        sum += sums[k];
    }
    printf("sum %.17g\n", sum);
    return 0;
}
