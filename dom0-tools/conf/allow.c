/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of hosts; see allow.h. */
#include <regex.h>
#include <stdlib.h>

#include "conf/allow.h"
#include "conf/words.h"

static bool begins_with(const char *host, const char *pattern)
{
    regmatch_t match;
    regex_t regex;
    bool ret;

    if (regcomp(&regex, pattern, REG_EXTENDED) != 0)
        return false;
    ret = regexec(&regex, host, 1, &match, 0) == 0 && match.rm_so == 0;
    regfree(&regex);
    return ret;
}

bool allow_has(const char *list, const char *host)
{
    struct word word;
    bool empty = true;

    while (word_next(&list, ' ', &word)) {
        char *pattern = word.len ? word_dup(word) : NULL;
        bool has = pattern && begins_with(host, pattern);

        empty = empty && !word.len;
        free(pattern);
        if (has)
            return true;
    }
    return empty;
}
