/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure parser of the firmware's ACPI tables; see asm/acpi.h.  Reads bytes, never overlays structs.
 */
#include <hv/abi.h>
#include <hv/lib.h>
#include <asm/acpi.h>
#include "../../../core/build/bytes.h"

#define HEADER_LEN    36
#define TABLE_LEN_MAX (1u << 20) /* the tables wanted are far smaller: a longer one is damaged */
#define ROOT_MAX      256        /* tables looked at */

struct table {
    const uint8_t *p;
    uint32_t len;
};

static bool sums_to_zero(const uint8_t *p, size_t n)
{
    uint8_t sum = 0;
    while (n--)
        sum = (uint8_t)(sum + *p++);
    return sum == 0;
}

static bool rsdp_valid(const uint8_t *p)
{
    return p && !memcmp(p, "RSD PTR ", 8) && sums_to_zero(p, 20);
}

static paddr_t scan(acpi_map_fn map, paddr_t start, uint64_t len)
{
    const uint8_t *p = map(start, len);
    if (!p)
        return PADDR(0);
    for (uint64_t o = 0; o + 20 <= len; o += 16) {
        if (rsdp_valid(p + o))
            return paddr_add(start, o);
    }
    return PADDR(0);
}

paddr_t acpi_find_rsdp(acpi_map_fn map)
{
    const uint8_t *bda = map(PADDR(0x40e), 2); /* BIOS data area: segment of the EBDA */
    uint64_t ebda = bda ? (uint64_t)bytes_u16(bda) << 4 : 0;
    paddr_t found = PADDR(0);
    if (ebda >= 0x80000 && ebda <= 0x9fc00)
        found = scan(map, PADDR(ebda), 1024);
    return found.a ? found : scan(map, PADDR(0xe0000), 0x20000);
}

/* A whole table with a good length and checksum; p == NULL otherwise. */
static struct table get_table(paddr_t paddr, acpi_map_fn map)
{
    struct table t = {NULL, 0};
    const uint8_t *h = paddr.a ? map(paddr, HEADER_LEN) : NULL;
    if (!h)
        return t;
    uint32_t len = bytes_u32(h + 4);
    if (len < HEADER_LEN || len > TABLE_LEN_MAX)
        return t;
    h = map(paddr, len);
    if (!h || !sums_to_zero(h, len))
        return t;
    t.p = h;
    t.len = len;
    return t;
}

static void add_cpu(struct acpi_info *out, uint32_t apic_id, uint32_t acpi_id, uint32_t flags)
{
    if (!(flags & 1) || out->cpus == HV_MAX_CPUS)
        return;
    for (unsigned i = 0; i < out->cpus; i++) {
        if (out->cpu[i].apic_id == apic_id) /* listed as xAPIC and x2APIC */
            return;
    }
    out->cpu[out->cpus].apic_id = apic_id;
    out->cpu[out->cpus++].acpi_id = acpi_id;
}

static void add_override(struct acpi_info *out, const uint8_t *e)
{
    uint16_t flags = bytes_u16(e + 8);
    if (e[2] != 0 || e[3] >= ACPI_ISA_IRQS) /* only bus 0, ISA */
        return;
    out->isa[e[3]].gsi = bytes_u32(e + 4);
    out->isa[e[3]].low = (flags & 3) == 3;
    out->isa[e[3]].level = (flags >> 2 & 3) == 3;
}

static void parse_madt(struct table t, struct acpi_info *out)
{
    if (t.len < 44)
        return;
    out->lapic_paddr = PADDR(bytes_u32(t.p + 36));
    for (uint32_t o = 44; o + 2 <= t.len;) {
        const uint8_t *e = t.p + o;
        unsigned len = e[1];
        if (len < 2 || len > t.len - o)
            return;
        if (e[0] == 0 && len >= 8) {
            if (e[3] != 0xff)
                add_cpu(out, e[3], e[2], bytes_u32(e + 4));
        } else if (e[0] == 1 && len >= 12 && out->ioapics < ACPI_MAX_IOAPICS) {
            out->ioapic[out->ioapics++] = (struct acpi_ioapic){
                .paddr = PADDR(bytes_u32(e + 4)), .gsi_base = bytes_u32(e + 8), .id = e[2]};
        } else if (e[0] == 2 && len >= 10) {
            add_override(out, e);
        } else if (e[0] == 5 && len >= 12) {
            out->lapic_paddr = PADDR(bytes_u64(e + 4));
        } else if (e[0] == 9 && len >= 16) {
            add_cpu(out, bytes_u32(e + 4), bytes_u32(e + 12), bytes_u32(e + 8));
        }
        o += len;
    }
}

/* An I/O port: the 32-bit field of version 1, or the generic address that replaces it. */
static uint16_t fadt_port(struct table t, unsigned old, unsigned gas)
{
    uint64_t port = old + 4 <= t.len ? bytes_u32(t.p + old) : 0;
    if (!port && gas + 12 <= t.len && t.p[gas] == 1)
        port = bytes_u64(t.p + gas + 4);
    return port > 0xffff ? 0 : (uint16_t)port;
}

static void parse_fadt(struct table t, struct acpi_info *out)
{
    uint32_t flags = t.len >= 116 ? bytes_u32(t.p + 112) : 0;
    out->sci = t.len >= 48 ? bytes_u16(t.p + 46) : 9;
    out->pm1a_control = fadt_port(t, 64, 172);
    out->pm1b_control = fadt_port(t, 68, 184);
    out->pm_timer = fadt_port(t, 76, 208);
    out->pm_timer_32bit = flags & (1u << 8);
    out->century = t.len > 108 && t.p[108] < 128 ? t.p[108] : 0;
    if ((flags & (1u << 10)) && t.len >= 129) {
        out->reset_space = t.p[116];
        out->reset_address = bytes_u64(t.p + 120);
        out->reset_value = t.p[128];
    }
}

static void parse_mcfg(struct table t, struct acpi_info *out)
{
    for (uint32_t o = 44; o + 16 <= t.len && out->mcfgs < ACPI_MAX_MCFG; o += 16) {
        const uint8_t *e = t.p + o;
        if (e[10] <= e[11])
            out->mcfg[out->mcfgs++] = (struct acpi_mcfg){.paddr = PADDR(bytes_u64(e)),
                                                         .segment = bytes_u16(e + 8),
                                                         .bus_start = e[10],
                                                         .bus_end = e[11]};
    }
}

static void parse_one(struct table t, struct acpi_info *out)
{
    if (!memcmp(t.p, "APIC", 4))
        parse_madt(t, out);
    else if (!memcmp(t.p, "FACP", 4))
        parse_fadt(t, out);
    else if (!memcmp(t.p, "MCFG", 4))
        parse_mcfg(t, out);
    else if (!memcmp(t.p, "HPET", 4) && t.len >= 52 && t.p[40] == 0)
        out->hpet_paddr = PADDR(bytes_u64(t.p + 44));
}

int acpi_parse(paddr_t rsdp, acpi_map_fn map, struct acpi_info *out)
{
    const uint8_t *p = rsdp.a ? map(rsdp, 20) : NULL;
    struct table root = {NULL, 0};
    unsigned width = 4;

    memset(out, 0, sizeof(*out));
    out->lapic_paddr = PADDR(0xfee00000);
    out->sci = 9;
    out->reset_space = 0xff;
    for (unsigned i = 0; i < ACPI_ISA_IRQS; i++)
        out->isa[i].gsi = i;
    if (!rsdp_valid(p))
        return -XEN_ENOENT;
    uint32_t rsdt = bytes_u32(p + 16);
    if (p[15] >= 2 && (p = map(rsdp, 36)) && sums_to_zero(p, 36)) {
        root = get_table(PADDR(bytes_u64(p + 24)), map);
        width = 8;
    }
    if (!root.p || memcmp(root.p, "XSDT", 4)) {
        root = get_table(PADDR(rsdt), map);
        width = 4;
        if (!root.p || memcmp(root.p, "RSDT", 4))
            return -XEN_ENOENT;
    }
    uint32_t n = min((root.len - HEADER_LEN) / width, (uint32_t)ROOT_MAX);
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *e = root.p + HEADER_LEN + i * width;
        struct table t = get_table(PADDR(width == 8 ? bytes_u64(e) : bytes_u32(e)), map);
        if (t.p)
            parse_one(t, out);
    }
    return 0;
}
