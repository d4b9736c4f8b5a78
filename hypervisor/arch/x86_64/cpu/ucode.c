/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Containers of microcode.  Intel's: SDM 3A 10.11.1 (update format).  AMD's: no public document; as
 * the files of the linux-firmware archive are made.  Each number in them is taken for a lie: every
 * step goes forward and stays within the container.
 */
#include <hv/abi.h>
#include <hv/lib.h>
#include <asm/ucode.h>

/* Copies a header from `at`, as containers keep no alignment; false: it does not fit. */
static bool take(void *to, size_t n, const uint8_t *from, size_t len, size_t at)
{
    if (at > len || len - at < n)
        return false;
    memcpy(to, from + at, n);
    return true;
}

static uint32_t sum_words(const uint8_t *p, size_t bytes)
{
    uint32_t sum = 0, word;

    for (size_t at = 0; at < bytes; at += sizeof(word)) {
        memcpy(&word, p + at, sizeof(word));
        sum += word;
    }
    return sum;
}

/* ---- Intel ---- */
struct intel_update {
    uint32_t version, revision, date, signature, checksum, loader, platforms;
    uint32_t data_len, len; /* both 0: 2000 and 2048 */
    uint32_t reserved;
    uint32_t oldest; /* 0, or the revision that must be there to load it while a system runs */
    uint32_t reserved2;
};
struct intel_table { /* behind the data: more CPUs that it is for */
    uint32_t count, checksum, reserved[3];
};
struct intel_entry {
    uint32_t signature, platforms, checksum;
};

static bool intel_means(const struct ucode_cpu *c, uint32_t signature, uint32_t platforms)
{
    return signature == c->signature && (platforms & c->platform || !platforms);
}

/* 1: it is for this CPU, 0: it is not, or -XEN_EINVAL. */
static int intel_fits(const struct ucode_cpu *c, const struct intel_update *u, const uint8_t *p)
{
    size_t at = sizeof(*u) + u->data_len;
    struct intel_table t;
    struct intel_entry e;

    if (intel_means(c, u->signature, u->platforms))
        return 1;
    if (!take(&t, sizeof(t), p, u->len, at))
        return 0; /* none */
    size_t table_len = sizeof(t) + (size_t)t.count * sizeof(e);
    if (table_len > u->len - at)
        return -XEN_EINVAL;
    for (size_t i = sizeof(t); take(&e, sizeof(e), p + at, table_len, i); i += sizeof(e))
        if (intel_means(c, e.signature, e.platforms))
            return sum_words(p + at, table_len) ? -XEN_EINVAL : 1;
    return 0;
}

static int find_intel(const struct ucode_cpu *c, const uint8_t *p, size_t len,
                      struct ucode_patch *out)
{
    struct intel_update u;

    for (size_t at = 0; at < len; at += u.len) {
        if (!take(&u, sizeof(u), p, len, at))
            return -XEN_EINVAL;
        if (!u.data_len)
            u.data_len = 2000, u.len = 2048;
        if (u.version != 1 || u.loader != 1 || u.len > len - at || u.len < sizeof(u) ||
            u.len % 1024 || u.data_len % 4 || u.data_len > u.len - sizeof(u))
            return -XEN_EINVAL;
        int fits = intel_fits(c, &u, p + at);
        if (fits < 0)
            return fits;
        if (!fits || u.revision <= out->revision || (c->late && c->revision < u.oldest))
            continue;
        if (sum_words(p + at, u.len))
            return -XEN_EINVAL;
        *out = (struct ucode_patch){p + at, u.len, u.revision};
    }
    return 0;
}

/* ---- AMD ---- */
#define AMD_MAGIC 0x00414d44u
enum { AMD_EQUIVALENCE, AMD_PATCH };
struct amd_section {
    uint32_t type, len;
};
struct amd_equal { /* CPUs of this signature take what is made for cpu `as` */
    uint32_t signature, errata_mask, errata_compare;
    uint16_t as, reserved;
};
struct amd_patch { /* the first 64 bytes */
    uint32_t date, revision, data, checksum, north_bridge, south_bridge;
    uint16_t cpu, bridge_revs;
    uint32_t bios_api, match[8];
};

/* What this CPU counts as in a table; 0: it is not in it. */
static uint16_t amd_equal_of(const struct ucode_cpu *c, const uint8_t *table, size_t len)
{
    struct amd_equal e;

    for (size_t at = 0; take(&e, sizeof(e), table, len, at) && e.signature; at += sizeof(e))
        if (e.signature == c->signature)
            return e.as;
    return 0;
}

static int amd_consider(uint16_t as, const uint8_t *p, uint32_t len, struct ucode_patch *out)
{
    struct amd_patch h;

    if (!take(&h, sizeof(h), p, len, 0))
        return -XEN_EINVAL;
    /* none of those for chip sets is for a CPU of today */
    if (as && h.cpu == as && !h.north_bridge && !h.south_bridge && h.revision > out->revision)
        *out = (struct ucode_patch){p, len, h.revision};
    return 0;
}

/* Files are containers one behind the other: a magic, a table of equivalences, patches. */
static int find_amd(const struct ucode_cpu *c, const uint8_t *p, size_t len,
                    struct ucode_patch *out)
{
    struct amd_section s;
    uint32_t magic;
    uint16_t as = 0;
    size_t at = 0;

    if (!take(&magic, sizeof(magic), p, len, 0) || magic != AMD_MAGIC)
        return -XEN_EINVAL;
    for (; at < len; at += s.len) {
        if (take(&magic, sizeof(magic), p, len, at) && magic == AMD_MAGIC) {
            as = 0;
            at += sizeof(magic);
        }
        if (!take(&s, sizeof(s), p, len, at) || s.len > len - at - sizeof(s))
            return -XEN_EINVAL;
        at += sizeof(s);
        if (s.type == AMD_EQUIVALENCE)
            as = amd_equal_of(c, p + at, s.len);
        else if (s.type != AMD_PATCH || amd_consider(as, p + at, s.len, out))
            return -XEN_EINVAL;
    }
    return 0;
}

int ucode_find(const struct ucode_cpu *c, const uint8_t *container, size_t len,
               struct ucode_patch *out)
{
    int err = -XEN_EINVAL;

    *out = (struct ucode_patch){.revision = c->revision};
    if (len && c->vendor == CPU_INTEL)
        err = find_intel(c, container, len, out);
    else if (c->vendor == CPU_AMD)
        err = find_amd(c, container, len, out);
    if (err)
        out->data = NULL; /* nor one that stood before the damage */
    return err || out->data ? err : -XEN_ENOENT;
}
