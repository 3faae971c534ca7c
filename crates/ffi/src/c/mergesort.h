/* Merge sort of ITEMs by their KEYs, equal ones in their order. C has no types as parameters, so this file is included once
 * for each type, with that type's names. */

/* Insertion sort, for a few items. */
static void NAMED_FOR(insert)(const ITEM *restrict from, ITEM *restrict to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ITEM item = from[i];
        size_t k = i;
        for (; k > 0 && KEY(item) < KEY(to[k - 1]); k--)
            to[k] = to[k - 1];
        to[k] = item;
    }
}

/* The next item is selected without a branch: a processor would guess wrongly every other time. */
static void NAMED_FOR(merge)(const ITEM *a, size_t m, const ITEM *b, size_t n, ITEM *restrict to)
{
    const ITEM *a_end = a + m, *b_end = b + n;
    while (a < a_end && b < b_end) {
        const ITEM left = *a, right = *b;
        size_t from_right = KEY(right) < KEY(left);
        *to++ = from_right ? right : left;
        a += 1 - from_right;
        b += from_right;
    }
    memcpy(to, a, (size_t)(a_end - a) * sizeof *a);
    memcpy(to + (a_end - a), b, (size_t)(b_end - b) * sizeof *b);
}

/* Merges two halves of `n` items from both ends at the same time: each item waits for the choice before it, so this makes
 * two independent chains. Neither end takes more than the length of a half. */
static void NAMED_FOR(merge_halves)(const ITEM *restrict from, size_t n, ITEM *restrict to)
{
    size_t half = n / 2;
    const ITEM *a = from, *b = from + half, *a_last = b - 1, *b_last = from + n - 1;
    for (size_t i = 0; i < half; i++) {
        const ITEM left = *a, right = *b, left_last = *a_last, right_last = *b_last;
        size_t from_right = KEY(right) < KEY(left), last_from_left = KEY(right_last) < KEY(left_last);
        to[i] = from_right ? right : left;
        to[n - 1 - i] = last_from_left ? left_last : right_last;
        a += 1 - from_right;
        b += from_right;
        a_last -= last_from_left;
        b_last -= 1 - last_from_left;
    }
    if (n % 2) /* one item is left in the middle */
        to[half] = a <= a_last ? *a : *b;
}

/* Sorts into `to`; the halves are sorted into `room`, with parts of `to` as their scratch space. */
static void NAMED_FOR(alone)(const ITEM *from, ITEM *to, ITEM *room, size_t n)
{
    if (n <= FEW) {
        NAMED_FOR(insert)(from, to, n);
        return;
    }
    size_t half = n / 2;
    NAMED_FOR(alone)(from, room, to, half);
    NAMED_FOR(alone)(from + half, room + half, to + half, n - half);
    NAMED_FOR(merge_halves)(room, n, to);
}

/* The number of items that the first `at` of a merge take from `a`. */
static size_t NAMED_FOR(split)(const ITEM *a, size_t m, const ITEM *b, size_t n, size_t at)
{
    size_t least = at > n ? at - n : 0, most = at < m ? at : m;
    while (least < most) {
        size_t middle = least + (most - least) / 2;
        if (KEY(b[at - middle - 1]) < KEY(a[middle]))
            most = middle;
        else
            least = middle + 1;
    }
    return least;
}

/* The last merge is shared by all threads: each half of its output is a task. */
static void NAMED_FOR(merge_tasks)(const ITEM *a, size_t m, const ITEM *b, size_t n, ITEM *to)
{
    if (m + n <= ALONE) {
        NAMED_FOR(merge)(a, m, b, n, to);
        return;
    }
    size_t at = (m + n) / 2, of_a = NAMED_FOR(split)(a, m, b, n, at), of_b = at - of_a;
#pragma omp task
    NAMED_FOR(merge_tasks)(a, of_a, b, of_b, to);
    NAMED_FOR(merge_tasks)(a + of_a, m - of_a, b + of_b, n - of_b, to + at);
#pragma omp taskwait
}

static void NAMED_FOR(sort_tasks)(const ITEM *from, ITEM *to, ITEM *room, size_t n)
{
    if (n <= ALONE) {
        NAMED_FOR(alone)(from, to, room, n);
        return;
    }
    size_t half = n / 2;
#pragma omp task
    NAMED_FOR(sort_tasks)(from, room, to, half);
    NAMED_FOR(sort_tasks)(from + half, room + half, to + half, n - half);
#pragma omp taskwait
    NAMED_FOR(merge_tasks)(room, half, room + half, n - half, to);
}

/* All threads wait for tasks, and one of them makes the first. */
void KERNEL(NAMED_FOR(mergesort))(const ITEM *from, ITEM *to, ITEM *room, size_t n)
{
#pragma omp parallel
#pragma omp single
    NAMED_FOR(sort_tasks)(from, to, room, n);
}
