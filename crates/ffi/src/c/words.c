#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A word, by its place in the text, which outlives the table. A free place has the count 0. */
struct entry {
    const unsigned char *word;
    size_t length;
    uint64_t hash, count;
};

/* Open addressing: a word is at the first place from its hash on that was free. At most half of the places are
   taken, so the search for a word is short and ends. */
struct table {
    struct entry *entries;
    size_t places, used;
};

#define FIRST_PLACES 1024
#define FNV_BASIS UINT64_C(0xCBF29CE484222325)
#define FNV_PRIME UINT64_C(0x100000001B3)

static struct entry *find(const struct table *table, const struct entry *wanted)
{
    size_t last = table->places - 1;
    for (size_t place = wanted->hash & last;; place = (place + 1) & last) {
        struct entry *here = &table->entries[place];
        if (here->count == 0)
            return here;
        if (here->hash == wanted->hash && here->length == wanted->length &&
            memcmp(here->word, wanted->word, wanted->length) == 0)
            return here;
    }
}

/* Moves all words to a table twice as large; returns 0 if there is no memory. */
static int grow(struct table *table)
{
    struct table larger = {calloc(2 * table->places, sizeof *larger.entries), 2 * table->places, table->used};
    if (larger.entries == NULL)
        return 0;
    for (size_t place = 0; place < table->places; place++)
        if (table->entries[place].count > 0)
            *find(&larger, &table->entries[place]) = table->entries[place];
    free(table->entries);
    *table = larger;
    return 1;
}

static int count(struct table *table, const struct entry *word)
{
    struct entry *here = find(table, word);
    if (here->count++ > 0)
        return 1;
    *here = *word;
    return 2 * ++table->used <= table->places || grow(table);
}

/* Counts the words of a text, which are separated by bytes up to the space. Returns their number, and sets `entries` to
   them, to be freed, or to NULL if there is no memory. */
size_t parallax_count_words(const unsigned char *text, size_t length, struct entry **entries)
{
    struct table table = {calloc(FIRST_PLACES, sizeof *table.entries), FIRST_PLACES, 0};
    const unsigned char *at = text, *end = text + length;
    int done = table.entries != NULL;
    while (done && at < end) {
        struct entry word = {at, 0, FNV_BASIS, 1};
        for (; at < end && *at > ' '; at++) /* hashes while it looks for the end: FNV-1a, a byte at a time */
            word.hash = (word.hash ^ *at) * FNV_PRIME;
        word.length = (size_t)(at - word.word);
        if (word.length > 0)
            done = count(&table, &word);
        at++;
    }
    if (!done) {
        free(table.entries);
        table = (struct table){NULL, 0, 0};
    }
    size_t used = 0;
    for (size_t place = 0; place < table.places; place++)
        if (table.entries[place].count > 0)
            table.entries[used++] = table.entries[place];
    *entries = table.entries;
    return used;
}

void parallax_free_words(struct entry *entries)
{
    free(entries);
}
