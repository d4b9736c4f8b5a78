/* SPDX-License-Identifier: BSD-2-Clause */
/* Small pieces of text; see words.h. */
#include <stdlib.h>
#include <string.h>

#include "conf/words.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct word trim(const char *at, size_t len)
{
    while (len && is_blank(at[0])) {
        at++;
        len--;
    }
    while (len && is_blank(at[len - 1]))
        len--;
    return (struct word){at, len};
}

bool word_next(const char **text, char separator, struct word *out)
{
    const char *start = *text, *end;

    if (!start)
        return false;
    end = strchr(start, separator);
    *out = trim(start, end ? (size_t)(end - start) : strlen(start));
    *text = end ? end + 1 : NULL;
    return true;
}

bool word_is(struct word word, const char *want)
{
    return strlen(want) == word.len && memcmp(word.at, want, word.len) == 0;
}

bool word_skip(struct word *word, const char *prefix)
{
    size_t len = strlen(prefix);

    if (word->len < len || memcmp(word->at, prefix, len) != 0)
        return false;
    word->at += len;
    word->len -= len;
    return true;
}

bool word_in(const char *text, size_t len, const char *set)
{
    struct word word;

    while (word_next(&set, '|', &word))
        if (word.len == len && memcmp(word.at, text, len) == 0)
            return true;
    return false;
}

bool word_split(struct word word, struct word *key, struct word *value)
{
    const char *equals = memchr(word.at, '=', word.len);

    if (!equals)
        return false;
    *key = trim(word.at, equals - word.at);
    *value = trim(equals + 1, word.at + word.len - equals - 1);
    return true;
}

char *word_dup(struct word word)
{
    return strndup(word.at, word.len);
}

int word_store(char **field, struct word word, struct fail *f)
{
    free(*field);
    *field = word_dup(word);
    return *field ? 0 : fail(f, "out of memory");
}

bool word_number(struct word word, unsigned long max, unsigned long *out)
{
    unsigned long n = 0;

    for (size_t i = 0; i < word.len; i++) {
        unsigned long digit = (unsigned char)word.at[i] - '0';

        if (digit > 9 || n > (max - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *out = n;
    return word.len > 0 && n <= max;
}

int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c | 0x20) : NULL;

    return at ? (int)(at - digits) : -1;
}
