/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XENPF_microcode_update: containers that are none, and (the Makefile names an Intel CPU) updates
 * for this very CPU, which an emulated one ignores.  And one that was tried at boot.
 */
#include "ucode.h"
#include "report.h"
#include <front/hcall.h>
#include <front/lib.h>
#include <xen/platform.h>
#include <xen/sysctl.h>

static struct {
    uint32_t version, revision, date, signature, checksum, loader, platforms, data_len, len;
    uint32_t rest[1024 / 4 - 9];
} update aligned_page;

static long load(const void *data, uint32_t len)
{
    static struct xen_platform_op op;

    op.cmd = XENPF_microcode_update;
    op.interface_version = XENPF_INTERFACE_VERSION;
    op.u.microcode.length = len;
    set_xen_guest_handle(op.u.microcode.data, data);
    return hc_platform_op(&op);
}

static uint32_t cpuid_a(uint32_t leaf, uint32_t *vendor)
{
    uint32_t a = leaf, b, c = 0, d;

    asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    *vendor = b;
    return a;
}

static void make(uint32_t signature, uint32_t revision)
{
    const uint32_t *w = (const uint32_t *)&update;
    uint32_t sum = 0;

    memset(&update, 0, sizeof(update));
    update.version = update.loader = 1;
    update.revision = revision;
    update.date = 0x01012026;
    update.signature = signature;
    update.platforms = 0xff;
    update.data_len = sizeof(update) - 48;
    update.len = sizeof(update);
    for (unsigned i = 0; i < sizeof(update) / 4; i++)
        sum -= w[i];
    update.checksum = sum;
}

/* On QEMU's CPUs Xen says -EBUSY of both. */
static void refused(long ret, long why, const char *what)
{
    check_eq(ret == -EBUSY ? why : ret, why, what);
}

/* The module of this test's boot had revision 7ffffff0 (./module). */
static void test_at_boot(void)
{
    static char text[16384];
    static struct xen_sysctl s;
    bool found = false;

    s.cmd = XEN_SYSCTL_readconsole;
    s.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    set_xen_guest_handle(s.u.readconsole.buffer, text);
    s.u.readconsole.count = sizeof(text);
    check_eq(hc_sysctl(&s), 0, "readconsole");
    for (unsigned i = 0; i + 20 < s.u.readconsole.count; i++)
        found |= !memcmp(text + i, "to 0x7ffffff0 failed", 20);
    check(found, "tried at boot");
}

void test_ucode(void)
{
    uint32_t vendor, other, signature;
    bool intel;

    (void)cpuid_a(0, &vendor);
    signature = cpuid_a(1, &other);
    intel = vendor == 0x756e6547;
    make(signature, 0x7ffffff0);
    check(load(&update, 0) < 0, "no microcode");
    check(load((void *)16, sizeof(update)) < 0, "microcode from nowhere");
    check_eq(load(&update, 100), -EINVAL, "a part of an update");
    if (!intel) {
        check_eq(load(&update, sizeof(update)), -EINVAL, "another maker's update");
        return;
    }
    refused(load(&update, sizeof(update)), -EIO, "a newer one, which nothing takes");
    make(signature, 0);
    refused(load(&update, sizeof(update)), -ENOENT, "an older one");
    make(signature ^ 0x10, 0x7ffffff0);
    check_eq(load(&update, sizeof(update)), -ENOENT, "another CPU's");
    make(signature, 0x7ffffff0);
    update.rest[100]++;
    check_eq(load(&update, sizeof(update)), -EINVAL, "a damaged one");
    test_at_boot();
}
