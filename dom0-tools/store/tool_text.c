/* SPDX-License-Identifier: BSD-2-Clause */
/* Text of the xenstore-* commands: escapes, collected output, messages. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>

#include "store/tool.h"
#include "lib/xalloc.h"

static char *collected;
static size_t collected_len;

void tool_out_raw(const void *data, unsigned int len)
{
    collected = xrealloc(collected, collected_len + len);
    memcpy(collected + collected_len, data, len);
    collected_len += len;
}

void tool_out(const char *fmt, ...)
{
    va_list ap;
    char *text;
    int len;

    va_start(ap, fmt);
    len = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (len < 0)
        text = xalloc_check(NULL);
    tool_out_raw(text, len);
    free(text);
}

void tool_flush(bool print)
{
    if (print) {
        fwrite(collected, 1, collected_len, stdout);
        fflush(stdout);
    }
    free(collected);
    collected = NULL;
    collected_len = 0;
}

int tool_fail(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    return 1;
}

static const char escapes[][2] = {{'\n', 'n'}, {'\r', 'r'}, {'\t', 't'}, {'\\', '\\'}};
#define ESCAPES (sizeof(escapes) / sizeof(escapes[0]))

char *tool_escape(const char *data, unsigned int len)
{
    char *out = xcalloc(len + 1, 4), *p = out;

    for (unsigned int i = 0; i < len; i++) {
        unsigned char c = data[i];
        unsigned int e = 0;

        while (e < ESCAPES && escapes[e][0] != (char)c)
            e++;
        if (e < ESCAPES)
            p += sprintf(p, "\\%c", escapes[e][1]);
        else if (c >= ' ' && c <= '~')
            *p++ = c;
        else
            p += sprintf(p, c < 010 ? "\\%03o" : "\\x%02x", c);
    }
    return out;
}

/* The byte of a numeric escape, at most @digits long, in @base; moves *@p behind it. */
static char numeric(char **p, int base, int digits)
{
    unsigned int n = 0;

    for (; digits-- && isxdigit((unsigned char)**p); (*p)++) {
        int digit = isdigit((unsigned char)**p) ? **p - '0' : (**p | 0x20) - 'a' + 10;

        if (digit >= base)
            break;
        n = n * base + digit;
    }
    return (char)n;
}

unsigned int tool_unescape(char *text)
{
    char *in = text, *out = text;

    while (*in) {
        unsigned int e = 0;

        if (*in != '\\' || !in[1]) {
            *out++ = *in++;
            continue;
        }
        in++;
        while (e < ESCAPES && escapes[e][1] != *in)
            e++;
        if (e < ESCAPES) {
            *out++ = escapes[e][0];
            in++;
        } else if (*in == 'x') {
            in++;
            *out++ = numeric(&in, 16, 2);
        } else if (*in >= '0' && *in <= '7') {
            *out++ = numeric(&in, 8, 3);
        } else {
            *out++ = *in++;
        }
    }
    *out = '\0';
    return (unsigned int)(out - text);
}
