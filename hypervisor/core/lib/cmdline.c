/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's command line.  Words are NAME, NAME=VALUE or no-NAME; the forms are those of
 * Xen's documentation for the options Hospes has.  Whatever is not understood is named in a warning
 * and ignored: a machine that boots with a default is better than one that does not boot.
 */
#include <hv/hcall.h>
#include <hv/lib.h>

#define WORD_MAX 128

#define CMDLINE_DEFAULTS                                                                           \
    {                                                                                              \
        .com1_baud = 115200, .com1_port = 0x3f8, .console_serial = true, .console_vga = true,      \
        .loglvl = LOG_INFO, .loglvl_limited = LOG_INFO, .guest_loglvl = -1,                        \
        .guest_loglvl_limited = LOG_WARNING, .gnttab_max_ver = 2, .spec = SPEC_OPTIONS_DEFAULT,    \
    }
struct cmdline cmdline = CMDLINE_DEFAULTS;
char cmdline_text[1024];

/* ---- pieces of values; each advances *s past what it took ---- */
static bool take(const char **s, const char *word)
{
    size_t n = strlen(word);

    if (strncmp(*s, word, n))
        return false;
    *s += n;
    return true;
}

/* Decimal or 0x... number below 2^63; false if there is none or it is too big. */
static bool take_number(const char **s, uint64_t *out)
{
    unsigned base = take(s, "0x") ? 16 : 10;
    uint64_t v = 0;
    const char *p = *s;

    for (;; p++) {
        unsigned c = (unsigned char)*p | 0x20;
        unsigned digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
        if (digit >= base)
            break;
        if (v > (UINT64_MAX / 2 - digit) / base)
            return false;
        v = v * base + digit;
    }
    if (p == *s)
        return false;
    *s = p;
    *out = v;
    return true;
}

/* [-]number[bBkKmMgGtT]; without a letter the unit is KiB, as in Xen. */
static bool take_size(const char **s, int64_t *out)
{
    static const char units[] = "bkmgt";
    bool negative = take(s, "-");
    unsigned shift = 10;
    uint64_t v;

    if (!take_number(s, &v))
        return false;
    for (unsigned i = 0; units[i]; i++) {
        if (((unsigned char)**s | 0x20) == (unsigned char)units[i]) {
            shift = i * 10;
            (*s)++;
            break;
        }
    }
    if (v > (uint64_t)INT64_MAX >> shift)
        return false;
    *out = (int64_t)(v << shift) * (negative ? -1 : 1);
    return true;
}

struct word {
    const char *name;
    int value;
};

/* One of n words; none may begin with an earlier one. */
static bool take_word(const char **s, const struct word *words, unsigned n, int *out)
{
    for (unsigned i = 0; i < n; i++) {
        if (take(s, words[i].name)) {
            *out = words[i].value;
            return true;
        }
    }
    return false;
}

static const struct word level_words[] = {
    {"none", -1},       {"error", LOG_ERR},   {"warning", LOG_WARNING},
    {"info", LOG_INFO}, {"debug", LOG_DEBUG}, {"all", LOG_DEBUG}};

static bool take_level(const char **s, int *out)
{
    return take_word(s, level_words, ARRAY_SIZE(level_words), out);
}

const char *cmdline_level(int level)
{
    unsigned i = ARRAY_SIZE(level_words) - 1;

    while (i && level_words[i].value != level)
        i--;
    return level_words[i].name;
}

/* ---- options: each takes its value, or an element of the list that it is, and may leave what is
 * not well formed half done: c is a copy then ---- */
struct option {
    const char *name;
    bool (*fn)(struct cmdline *c, const char **v, const struct option *o);
    size_t a, b; /* of what its function says */
    bool list, has_default;
};

static bool opt_dom0_mem(struct cmdline *c, const char **v, const struct option *o)
{
    (void)o;
    return take_size(v, take(v, "min:")   ? &c->dom0_mem_min
                        : take(v, "max:") ? &c->dom0_mem_max
                                          : &c->dom0_mem);
}

static bool opt_dom0_max_vcpus(struct cmdline *c, const char **v, const struct option *o)
{
    (void)o;
    uint64_t lo = 0, hi = 0;
    bool has_lo = take_number(v, &lo);

    if (take(v, "-"))
        hi = take_number(v, &hi) ? hi : HV_MAX_VCPUS;
    else
        hi = lo;
    c->dom0_max_vcpus_min = (unsigned)lo;
    c->dom0_max_vcpus = (unsigned)hi;
    return (has_lo || hi) && hi != 0 && lo <= hi && hi <= HV_MAX_VCPUS;
}

/* baud[/clock][,DPS[,port[,irq[,...]]]] or auto: what a fixed line needs is kept, the rest is
 * checked only. */
static bool opt_com1(struct cmdline *c, const char **v, const struct option *o)
{
    (void)o;
    uint64_t baud = 0, clock, port = c->com1_port, irq;

    if ((!take(v, "auto") && !take_number(v, &baud)) || (take(v, "/") && !take_number(v, &clock)))
        return false;
    if (take(v, ",")) {
        if (**v && **v != ',' && !take(v, "8n1"))
            return false;
        if (take(v, ",") && **v != ',' && !take_number(v, &port))
            return false;
        if (take(v, ",") && !take_number(v, &irq))
            return false;
    }
    c->com1_baud = (uint32_t)baud;
    c->com1_port = (uint16_t)port;
    return port <= 0xFFF8 && baud <= 115200 && !(baud && 115200 % baud);
}

static bool opt_console(struct cmdline *c, const char **v, const struct option *o)
{
    (void)o;
    c->console_serial = c->console_vga = false;
    do {
        if (take(v, "com1"))
            c->console_serial = true;
        else if (take(v, "vga"))
            c->console_vga = true;
        else if (!take(v, "none"))
            return false;
    } while (take(v, ","));
    return true;
}

/* keep: go on writing when the control domain has the screen.  The mode is the boot loader's, so
 * others than the one that is there or text are refused. */
static bool opt_vga(struct cmdline *c, const char **v, const struct option *o)
{
    (void)o;
    if (!take(v, "keep"))
        return take(v, "current") || take(v, "text-80x25");
    c->vga_keep = true;
    return true;
}

/* LEVEL or ALWAYS/LIMITED: what lies between the two is rate-limited.  At offsets a and b. */
static bool opt_levels(struct cmdline *c, const char **v, const struct option *o)
{
    int always, limited;

    if (!take_level(v, &always))
        return false;
    limited = always;
    if (take(v, "/") && !take_level(v, &limited))
        return false;
    *(int *)((char *)c + o->a) = always;
    *(int *)((char *)c + o->b) = max(always, limited);
    return true;
}

static bool take_bool(const char **s, int *out)
{
    static const struct word words[] = {
        {"1", true},  {"yes", true}, {"on", true},   {"true", true},   {"enable", true},
        {"0", false}, {"no", false}, {"off", false}, {"false", false}, {"disable", false}};

    return take_word(s, words, ARRAY_SIZE(words), out);
}

/* The byte at offset a: a bool, or a field of the speculation's options. */
static bool opt_bool(struct cmdline *c, const char **v, const struct option *o)
{
    int val = true;

    if (**v && !take_bool(v, &val))
        return false;
    ((int8_t *)c)[o->a] = (int8_t)val;
    return true;
}

/* A boolean; xpti: where guests are isolated, which is all that there is. */
static bool opt_pcid(struct cmdline *c, const char **v, const struct option *o)
{
    if (!take(v, "xpti"))
        return opt_bool(c, v, o);
    c->spec.pcid = true;
    return true;
}

/* Number of a module (negative: from the end), scan[=bool], or nmi[=bool], which changes nothing: an
 * NMI's handler here is a few instructions. */
static bool opt_ucode(struct cmdline *c, const char **v, const struct option *o)
{
    const bool scan = take(v, "scan");
    uint64_t module;
    int on = true, sign;

    (void)o;
    if (scan || take(v, "nmi")) {
        if (take(v, "=") && !take_bool(v, &on))
            return false;
        c->ucode_scan = scan ? on : c->ucode_scan;
        return true;
    }
    sign = take(v, "-") ? -1 : 1;
    if (!take_number(v, &module) || !module || module > INT8_MAX)
        return false;
    c->ucode_module = sign * (int)module;
    return true;
}

/* max-ver:NUMBER; grants may always be transitive where there is version 2, and are never
 * transferred. */
static bool opt_gnttab(struct cmdline *c, const char **v, const struct option *o)
{
    uint64_t version = 2;

    (void)o;
    if (!take(v, "transitive") && !take(v, "no-transfer") &&
        (!take(v, "max-ver:") || !take_number(v, &version)))
        return false;
    c->gnttab_max_ver = min(c->gnttab_max_ver, (unsigned)version);
    return version == 1 || version == 2;
}

/* SIZE, SIZE@OFFSET, SIZE<LIMIT or SIZE,below=LIMIT */
static bool opt_crashkernel(struct cmdline *c, const char **v, const struct option *o)
{
    (void)o;
    if (!take_size(v, &c->crash_size) || c->crash_size <= 0)
        return false;
    if (take(v, "@"))
        return take_size(v, &c->crash_at) && c->crash_at > 0;
    if (take(v, "<") || take(v, ",below="))
        return take_size(v, &c->crash_below) && c->crash_below > 0;
    return true;
}

/* ---- speculation: lists of NAME[=BOOLEAN] and no-NAME.  Which fields a name means, as bits by
 * offset ---- */
#define FIELD(name) (1 << offsetof(struct spec_options, name))
#define AT_ENTRY                                                                                   \
    (FIELD(rsb) | FIELD(bhb_entry) | FIELD(ibpb_entry) | FIELD(md_clear) | FIELD(div_scrub))
#define ALL_SPEC (AT_ENTRY | FIELD(retpoline) | FIELD(ibrs) | FIELD(ibpb) | FIELD(bhi_dis_s))

static void set_fields(struct spec_options *o, int fields, int value)
{
    for (unsigned i = 0; i < sizeof(*o); i++)
        if (fields >> i & 1)
            ((int8_t *)o)[i] = (int8_t)value;
}

static bool take_switch(const char **s, const struct word *words, unsigned n,
                        struct spec_options *o)
{
    int on = !take(s, "no-"), fields;

    if (!take_word(s, words, n, &fields) || (on && take(s, "=") && !take_bool(s, &on)))
        return false;
    set_fields(o, fields, on);
    return fields != ALL_SPEC || !on; /* xen=yes would say nothing */
}

/* Other options' fields stay; but "no" is for Meltdown and L1TF, too, unless xpti= or pv-l1tf= said
 * something. */
static void set_all(struct spec_options *o, int on)
{
    set_fields(o, ALL_SPEC, on ? SPEC_DEFAULT : 0);
    for (size_t i = offsetof(struct spec_options, xpti_dom0);
         !on && i <= offsetof(struct spec_options, l1tf_domu); i++)
        if (((int8_t *)o)[i] == SPEC_DEFAULT)
            ((int8_t *)o)[i] = 0;
}

static bool opt_spec_ctrl(struct cmdline *c, const char **v, const struct option *option)
{
    static const struct word names[] = {{"ibrs", FIELD(ibrs)},
                                        {"ibpb-entry", FIELD(ibpb_entry)},
                                        {"ibpb", FIELD(ibpb)},
                                        {"rsb", FIELD(rsb)},
                                        {"md-clear", FIELD(md_clear)},
                                        {"bhb-entry", FIELD(bhb_entry)},
                                        {"bhi-dis-s", FIELD(bhi_dis_s)},
                                        {"div-scrub", FIELD(div_scrub)},
                                        {"pv", AT_ENTRY},
                                        {"xen", ALL_SPEC}};
    static const struct word thunks[] = {{"retpoline", 1}, {"jmp", 0}};
    struct spec_options *o = &c->spec;
    const char *s = *v;
    int val;

    (void)option;
    if (take(&s, "bti-thunk=")) {
        if (!take_word(&s, thunks, ARRAY_SIZE(thunks), &val))
            return false;
        o->retpoline = (int8_t)val;
    } else if (!take_switch(&s, names, ARRAY_SIZE(names), o)) {
        s = *v;
        if (!take_bool(&s, &val))
            return false;
        set_all(o, val);
    }
    *v = s;
    return true;
}

/* Of the control domain (the field in a), of guests (b), or both. */
static bool opt_per_domain(struct cmdline *c, const char **v, const struct option *o)
{
    const int control = (int)o->a, guests = (int)o->b;
    const struct word names[] = {{"dom0", control}, {"domu", guests}};
    const char *s = *v;
    int val = SPEC_DEFAULT;

    if (take_switch(&s, names, ARRAY_SIZE(names), &c->spec))
        *v = s;
    else if ((o->has_default && take(v, "default")) || take_bool(v, &val))
        set_fields(&c->spec, control | guests, val);
    else
        return false;
    return true;
}

/* Options of Xen that operators carry along and that change nothing here. */
static bool opt_ignored(struct cmdline *c, const char **v, const struct option *o)
{
    (void)c, (void)o;
    *v += strlen(*v);
    return true;
}

#define AT(field) offsetof(struct cmdline, field)
static const struct option options[] = {
    {"dom0_mem", .fn = opt_dom0_mem, .list = true},
    {"dom0_max_vcpus", .fn = opt_dom0_max_vcpus},
    {"dom0_vcpus_pin", .fn = opt_bool, .a = AT(dom0_vcpus_pin)},
    {"com1", .fn = opt_com1},
    {"console", .fn = opt_console},
    {"vga", .fn = opt_vga, .list = true},
    {"loglvl", .fn = opt_levels, .a = AT(loglvl), .b = AT(loglvl_limited)},
    {"guest_loglvl", .fn = opt_levels, .a = AT(guest_loglvl), .b = AT(guest_loglvl_limited)},
    {"noreboot", .fn = opt_bool, .a = AT(noreboot)},
    {"ucode", .fn = opt_ucode, .list = true},
    {"crashkernel", .fn = opt_crashkernel},
    {"gnttab", .fn = opt_gnttab, .list = true},
    {"spec-ctrl", .fn = opt_spec_ctrl, .list = true},
    {"pv-l1tf", .fn = opt_per_domain, .a = FIELD(l1tf_dom0), .b = FIELD(l1tf_domu), .list = true},
    {"xpti", .fn = opt_per_domain, .a = FIELD(xpti_dom0), .b = FIELD(xpti_domu), .list = true,
     .has_default = true},
    {"pcid", .fn = opt_pcid, .a = AT(spec.pcid)},
    {"smep", .fn = opt_bool, .a = AT(spec.smep)},
    {"smap", .fn = opt_bool, .a = AT(spec.smap)},
    {"smt", .fn = opt_bool, .a = AT(spec.smt)},
    {"sched", .fn = opt_ignored},
    {"maxcpus", .fn = opt_ignored},
    {"cpufreq", .fn = opt_ignored},
    {"conring_size", .fn = opt_ignored},
};

static void parse_word(struct cmdline *c, const char *word)
{
    for (const struct option *o = options; o < options + ARRAY_SIZE(options); o++) {
        const char *v = word;
        struct cmdline n = *c;
        bool ok;

        if (!take(&v, o->name) || (*v && *v != '='))
            continue;
        v += *v == '=';
        do
            ok = o->fn(&n, &v, o);
        while (ok && o->list && take(&v, ","));
        if (!ok || *v)
            log_warn("command line: bad value in '%s'; the default stays", word);
        else if (o->fn == opt_ignored)
            log_info("command line: '%s' has no effect here", word);
        else
            *c = n;
        return;
    }
    log_warn("command line: unknown option '%s' ignored", word);
}

void cmdline_parse(const char *text)
{
    char word[WORD_MAX];

    cmdline = (struct cmdline)CMDLINE_DEFAULTS;
    hv_snprintf(cmdline_text, sizeof(cmdline_text), "%s", text);
    for (;;) {
        size_t n = 0;

        while (*text == ' ' || *text == '\t')
            text++;
        if (!*text)
            break;
        for (; *text && *text != ' ' && *text != '\t'; text++) {
            if (n < sizeof(word) - 1)
                word[n++] = *text;
        }
        word[n] = 0;
        parse_word(&cmdline, word);
    }
}
