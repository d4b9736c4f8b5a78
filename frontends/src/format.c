/* SPDX-License-Identifier: BSD-2-Clause */
/* A small vsnprintf and its reverse: what boot messages, xenstore paths and reports need, no
 * more. */
#include <front/lib.h>

struct out {
    char *buf;
    size_t size, len;
};

struct spec {
    bool zero, is_long;
    int width, precision;
};

static void put(struct out *o, char c)
{
    if (o->len + 1 < o->size)
        o->buf[o->len++] = c;
}

static void put_str(struct out *o, const char *s, const struct spec *sp)
{
    int n = 0;

    if (!s)
        s = "(null)";
    while (s[n] && (sp->precision < 0 || n < sp->precision))
        n++;
    for (int pad = sp->width - n; pad > 0; pad--)
        put(o, ' ');
    for (int i = 0; i < n; i++)
        put(o, s[i]);
}

static void put_num(struct out *o, uint64_t v, unsigned base, bool minus, const struct spec *sp)
{
    char tmp[24];
    int n = 0;

    do {
        tmp[n++] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v);
    if (minus && sp->zero)
        put(o, '-');
    for (int pad = sp->width - n - minus; pad > 0; pad--)
        put(o, sp->zero ? '0' : ' ');
    if (minus && !sp->zero)
        put(o, '-');
    while (n)
        put(o, tmp[--n]);
}

static const char *parse_spec(const char *f, struct spec *sp, va_list *ap)
{
    *sp = (struct spec){.precision = -1};
    if (*f == '0') {
        sp->zero = true;
        f++;
    }
    for (; *f >= '0' && *f <= '9'; f++)
        sp->width = sp->width * 10 + (*f - '0');
    if (f[0] == '.' && f[1] == '*') {
        sp->precision = va_arg(*ap, int);
        f += 2;
    }
    for (; *f == 'l' || *f == 'z'; f++)
        sp->is_long = true;
    return f;
}

static void put_arg(struct out *o, char conv, const struct spec *sp, va_list *ap)
{
    int64_t d;

    switch (conv) {
    case 's':
        put_str(o, va_arg(*ap, const char *), sp);
        break;
    case 'c':
        put(o, (char)va_arg(*ap, int));
        break;
    case 'd':
        d = sp->is_long ? va_arg(*ap, int64_t) : va_arg(*ap, int);
        put_num(o, d < 0 ? -(uint64_t)d : (uint64_t)d, 10, d < 0, sp);
        break;
    case 'u':
    case 'x':
        put_num(o, sp->is_long ? va_arg(*ap, uint64_t) : va_arg(*ap, unsigned),
                conv == 'x' ? 16 : 10, false, sp);
        break;
    case 'p':
        put_num(o, va_arg(*ap, uint64_t), 16, false, &(struct spec){.zero = true, .width = 16});
        break;
    default:
        put(o, conv);
    }
}

int front_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
    struct out o = {.buf = buf, .size = size};
    struct spec sp;
    va_list args;

    va_copy(args, ap);
    for (; *fmt; fmt++) {
        if (*fmt != '%') {
            put(&o, *fmt);
            continue;
        }
        fmt = parse_spec(fmt + 1, &sp, &args);
        if (!*fmt)
            break;
        put_arg(&o, *fmt, &sp, &args);
    }
    va_end(args);
    if (size)
        buf[o.len] = '\0';
    return (int)o.len;
}

int front_snprintf(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = front_vsnprintf(buf, size, fmt, ap);
    va_end(ap);
    return n;
}

static int digit(char c, int base)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (base == 16 && (c | 32) >= 'a' && (c | 32) <= 'f')
        return (c | 32) - 'a' + 10;
    return -1;
}

uint64_t str_u64(const char *s, const char **end)
{
    int base = 10;
    uint64_t v = 0;

    if (s[0] == '0' && (s[1] | 32) == 'x') {
        base = 16;
        s += 2;
    }
    for (; digit(*s, base) >= 0; s++)
        v = v * (unsigned)base + (unsigned)digit(*s, base);
    if (end)
        *end = s;
    return v;
}
