/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercall dispatch.  A handler is `long op_NAME(struct vcpu *cur, its arguments)`, with the types
 * of its row in hypercall.def; it returns >= 0 or -XEN_E....  It is called with all the guest's
 * registers: a one-field struct is passed as its field is, of a narrower type the upper half is
 * ignored, and arguments too many are harmless (System V ABI 3.2.3).
 */
#ifndef HV_HCALL_H
#define HV_HCALL_H

#include <hv/domain.h>
#include <hv/spec_options.h>

#define HCALL_MAX 64
typedef long (*hcall_fn)(struct vcpu *, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
/* Indexed by number: NULL = not offered (-ENOSYS).  Two tables so that the access check costs
 * nothing: what a guest may call, and what the control domain may call. */
extern const hcall_fn hcall_table_guest[HCALL_MAX], hcall_table_dom0[HCALL_MAX];

/* Each handler's prototype. */
#define HCALL(name, nr, who, ...) long op_##name(struct vcpu *, ##__VA_ARGS__);
#include <hv/hypercall.def>
#undef HCALL

/* Ends a preempted handler: the guest will issue hypercall `nr` with these words, inside a multicall
 * too.  Yields nr, so that an entry path that stores the result as the guest's rax is right.
 * Handlers end with `return hcall_continue_NAME(cur, its arguments)`, of the same types. */
long hcall_restart(struct vcpu *cur, unsigned nr, const uint64_t *args, unsigned nargs);

static inline uint64_t hcall_word_number(uint64_t n)
{
    return n;
}
static inline uint64_t hcall_word_gva(gva_t g)
{
    return g.a;
}
static inline uint64_t hcall_word_paddr(paddr_t p)
{
    return p.a;
}
/* These four types only.  A compiler may expect what is narrower than 32 bits to be extended by the
 * caller, which nobody does: the registers are the guest's. */
#define HCALL_WORD(x)                                                                              \
    _Generic((x), gva_t                                                                            \
             : hcall_word_gva, paddr_t                                                             \
             : hcall_word_paddr, unsigned                                                          \
             : hcall_word_number, uint64_t                                                         \
             : hcall_word_number)(x)
#define HCALL_RESTART(nr, ...)                                                                     \
    hcall_restart(cur, nr, (const uint64_t[]){__VA_ARGS__},                                        \
                  sizeof((const uint64_t[]){__VA_ARGS__}) / 8)
#define HCALL_CONTINUE_0(name, nr)
#define HCALL_CONTINUE_1(name, nr, A)                                                              \
    static inline long hcall_continue_##name(struct vcpu *cur, A a)                                \
    {                                                                                              \
        return HCALL_RESTART(nr, HCALL_WORD(a));                                                   \
    }
#define HCALL_CONTINUE_2(name, nr, A, B)                                                           \
    static inline long hcall_continue_##name(struct vcpu *cur, A a, B b)                           \
    {                                                                                              \
        return HCALL_RESTART(nr, HCALL_WORD(a), HCALL_WORD(b));                                    \
    }
#define HCALL_CONTINUE_3(name, nr, A, B, C)                                                        \
    static inline long hcall_continue_##name(struct vcpu *cur, A a, B b, C c)                      \
    {                                                                                              \
        return HCALL_RESTART(nr, HCALL_WORD(a), HCALL_WORD(b), HCALL_WORD(c));                     \
    }
#define HCALL_CONTINUE_4(name, nr, A, B, C, D)                                                     \
    static inline long hcall_continue_##name(struct vcpu *cur, A a, B b, C c, D d)                 \
    {                                                                                              \
        return HCALL_RESTART(nr, HCALL_WORD(a), HCALL_WORD(b), HCALL_WORD(c), HCALL_WORD(d));      \
    }
#define HCALL_CONTINUE_5(name, nr, A, B, C, D, E) /* none of these goes on later */
/* How many types a row has. */
#define HCALL_COUNT(...)                      HCALL_SIXTH(_, ##__VA_ARGS__, 5, 4, 3, 2, 1, 0)
#define HCALL_SIXTH(_, a, b, c, d, e, n, ...) n
#define HCALL_PASTE(n, ...)                   HCALL_PASTE_(n, __VA_ARGS__)
#define HCALL_PASTE_(n, ...)                  HCALL_CONTINUE_##n(__VA_ARGS__)
#define HCALL(name, nr, who, ...)             HCALL_PASTE(HCALL_COUNT(__VA_ARGS__), name, nr, ##__VA_ARGS__)
#include <hv/hypercall.def>
#undef HCALL

/* domctl sub-operations that need the machine (ioport_permission, iomem_permission, bind_pt_irq...,
 * address_size, ext vcpucontext, vcpuextstate, cpu policy): returns -XEN_ENOSYS for what it does
 * not know. *copyback: write op back. */
long arch_domctl(struct xen_domctl *op, struct domain *d, bool *copyback);
/* A CPU is taken out or in (XEN_SYSCTL_cpu_hotplug): -XEN_EINVAL (no such CPU, or the first), -XEN_EEXIST (it is
 * so already), -XEN_EADDRINUSE (a vCPU is pinned there for a while). */
long cpu_hotplug(uint32_t cpu, bool in);
long arch_sysctl(struct xen_sysctl *op, bool *copyback);
void arch_physinfo(struct xen_sysctl_physinfo *p); /* clock rate and feature words */

/* ---- console (core/lib/console.c; console_input: core/hcall/console_io.c) ---- */
void console_write(const char *s, size_t n); /* ring + serial + screen */
/* The control domain's text, which must not be lost: false if it has to come again. */
bool console_text(const char *s, size_t n);
void console_input(char c); /* arch: a byte came in; to dom0 by VIRQ_CONSOLE */
/* The serial line is ready, the command line known: shows the version and what was said before. */
void console_start(const char *version);
extern const char hv_version[];
void console_force(void); /* panic: go on without the lock; the second CPU that wants to stops */
long console_read_ring(struct xen_sysctl_readconsole *op); /* XEN_SYSCTL_readconsole */

/* ---- command line (core/lib/cmdline.c): options known to Hospes, filled by cmdline_parse ---- */
struct cmdline {
    /* Bytes; 0: default; negative: all of the machine's memory but so much. */
    int64_t dom0_mem, dom0_mem_min, dom0_mem_max;
    unsigned dom0_max_vcpus_min, dom0_max_vcpus; /* 0 = all CPUs */
    bool dom0_vcpus_pin;
    uint32_t com1_baud; /* 0 = auto: leave as the firmware set it */
    uint16_t com1_port;
    bool console_serial, console_vga;
    bool vga_keep;            /* the hypervisor's words on the screen beside the control domain's */
    int loglvl, guest_loglvl; /* enum log_level always shown, -1: none */
    int loglvl_limited, guest_loglvl_limited; /* and those shown rate-limited */
    bool noreboot;
    int ucode_module; /* ucode=: number of a boot module, negative: from the end, 0: none */
    bool ucode_scan;
    unsigned gnttab_max_ver; /* of grant tables */
    /* Bytes: kept for a crash image, exactly there or below; 0: none, anywhere below 4 GiB */
    int64_t crash_size, crash_at, crash_below;
    struct spec_options spec;
};
extern struct cmdline cmdline;
extern char cmdline_text[1024]; /* as given, for XENVER_commandline */
/* Never fails: unknown or malformed options are reported by log_warn and defaults stay.
 * `text` begins with the first option (the boot loader's image name already removed). */
void cmdline_parse(const char *text);
const char *cmdline_level(int level); /* of loglvl and its like, as Xen names it */

#endif
