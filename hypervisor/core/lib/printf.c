/* SPDX-License-Identifier: BSD-2-Clause */
/* The formatter behind every message; lib.h lists the conversions. */
#include <hv/lib.h>

struct out {
    char *buf;
    size_t size, len;
};

static void put(struct out *o, char c)
{
    if (o->len + 1 < o->size)
        o->buf[o->len] = c;
    o->len++;
}

struct spec {
    bool left, zero;
    int width, precision; /* precision -1: none */
    int longs;
};

static void put_padded(struct out *o, const struct spec *s, const char *text, int len, char sign)
{
    int pad = s->width - len - (sign != 0);

    if (!s->left && !s->zero)
        for (; pad > 0; pad--)
            put(o, ' ');
    if (sign)
        put(o, sign);
    if (!s->left && s->zero)
        for (; pad > 0; pad--)
            put(o, '0');
    while (len--)
        put(o, *text++);
    for (; pad > 0; pad--)
        put(o, ' ');
}

static void put_number(struct out *o, const struct spec *s, uint64_t v, unsigned base, char sign)
{
    char digits[24];
    int n = sizeof(digits);

    do {
        digits[--n] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v);
    put_padded(o, s, digits + n, (int)sizeof(digits) - n, sign);
}

static const char *parse_number(const char *f, int *out, va_list *ap)
{
    *out = 0;
    if (*f == '*') {
        *out = va_arg(*ap, int);
        return f + 1;
    }
    for (; *f >= '0' && *f <= '9'; f++)
        *out = *out * 10 + (*f - '0');
    return f;
}

/* Reads flags, width, precision and length; returns the place of the conversion letter. */
static const char *parse_spec(const char *f, struct spec *s, va_list *ap)
{
    *s = (struct spec){.precision = -1};
    for (; *f == '-' || *f == '0'; f++) {
        s->left |= *f == '-';
        s->zero |= *f == '0';
    }
    f = parse_number(f, &s->width, ap);
    if (*f == '.')
        f = parse_number(f + 1, &s->precision, ap);
    for (; *f == 'l' || *f == 'z'; f++)
        s->longs++;
    return f;
}

static void convert(struct out *o, char c, struct spec *s, va_list *ap)
{
    switch (c) {
    case 'd':
    case 'i': {
        int64_t v = s->longs ? va_arg(*ap, long) : va_arg(*ap, int);
        put_number(o, s, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, v < 0 ? '-' : 0);
        break;
    }
    case 'u':
    case 'x':
        put_number(o, s, s->longs ? va_arg(*ap, unsigned long) : va_arg(*ap, unsigned),
                   c == 'x' ? 16 : 10, 0);
        break;
    case 'p':
        *s = (struct spec){.zero = true, .width = 16};
        put_number(o, s, (uintptr_t)va_arg(*ap, void *), 16, 0);
        break;
    case 's': {
        const char *text = va_arg(*ap, const char *);
        if (!text)
            text = "(null)";
        put_padded(o, s, text, (int)strnlen(text, s->precision < 0 ? 4096 : (size_t)s->precision),
                   0);
        break;
    }
    case 'c':
        put(o, (char)va_arg(*ap, int));
        break;
    default: /* %% and what we do not know, shown as it is */
        put(o, c);
    }
}

int hv_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
    struct out o = {buf, size, 0};
    struct spec s;
    va_list args;

    va_copy(args, ap);
    for (const char *f = fmt; *f; f++) {
        if (*f != '%') {
            put(&o, *f);
            continue;
        }
        f = parse_spec(f + 1, &s, &args);
        if (!*f)
            break;
        convert(&o, *f, &s, &args);
    }
    va_end(args);
    if (size)
        buf[min(o.len, size - 1)] = 0;
    return (int)o.len;
}

int hv_snprintf(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    int n = hv_vsnprintf(buf, size, fmt, ap);
    va_end(ap);
    return n;
}
