/* SPDX-License-Identifier: BSD-2-Clause */
/* The views of start_info that everything else uses, and the console of last resort. */
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>

struct start_info *boot_info;
struct shared_info *boot_shared;

bool boot_is_dom0(void)
{
    return boot_info->flags & SIF_INITDOMAIN;
}

const char *boot_option(const char *key, size_t *len)
{
    const char *p = (const char *)boot_info->cmd_line;
    const char *limit = p + sizeof(boot_info->cmd_line);
    size_t n = strlen(key), l;

    while (p < limit && *p) {
        for (l = 0; p + l < limit && p[l] && p[l] != ' '; l++)
            ;
        if (l >= n && !strncmp(p, key, n) && (l == n || p[n] == '=')) {
            *len = l > n ? l - n - 1 : 0;
            return l > n ? p + n + 1 : p + l;
        }
        for (p += l; p < limit && *p == ' '; p++)
            ;
    }
    return NULL;
}

uint64_t boot_pfn(const void *va)
{
    return ((uint64_t)va - FRONT_VIRT_BASE) >> PAGE_SHIFT;
}

uint64_t boot_pfn_to_mfn(uint64_t pfn)
{
    return ((const uint64_t *)boot_info->mfn_list)[pfn];
}

uint64_t boot_mfn(const void *va)
{
    return boot_pfn_to_mfn(boot_pfn(va));
}

void *boot_pfn_to_va(uint64_t pfn)
{
    return (void *)(FRONT_VIRT_BASE + (pfn << PAGE_SHIFT));
}

uint64_t boot_mfn_to_pfn(uint64_t mfn)
{
    return ((const uint64_t *)MACH2PHYS_VIRT_START)[mfn];
}

uint64_t *boot_pte(const void *va)
{
    uint64_t *table = (uint64_t *)boot_info->pt_base;
    uint64_t a = (uint64_t)va;

    for (int shift = 39; shift > 12; shift -= 9) {
        uint64_t e = table[(a >> shift) & 511];

        if (!(e & PTE_P))
            return NULL;
        table = boot_pfn_to_va(boot_mfn_to_pfn((e & PTE_MFN) >> PAGE_SHIFT));
    }
    return &table[(a >> 12) & 511];
}

long boot_map_mfn(void *va, uint64_t mfn)
{
    return hc_update_va_mapping(U64(va), mfn << PAGE_SHIFT | PTE_P | PTE_W | PTE_U | PTE_A | PTE_D,
                                UVMF_INVLPG);
}

unsigned cpu_id(void)
{
    uint64_t sp;

    asm("mov %%rsp, %0" : "=r"(sp));
    return *(const unsigned *)(sp & ~(uint64_t)(STACK_SIZE - 1));
}

void boot_shutdown(unsigned reason)
{
    struct sched_shutdown op = {.reason = reason};

    for (;;)
        hc_sched_op(SCHEDOP_shutdown, &op);
}

static uint64_t rdtsc(void)
{
    uint32_t lo, hi;

    asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return (uint64_t)hi << 32 | lo;
}

uint64_t boot_now(void)
{
    const volatile struct vcpu_time_info *t = &boot_shared->vcpu_info[cpu_id()].time;
    uint64_t delta, base;
    uint32_t version;

    do {
        version = __atomic_load_n(&t->version, __ATOMIC_ACQUIRE);
        delta = rdtsc() - t->tsc_timestamp;
        delta = t->tsc_shift < 0 ? delta >> -t->tsc_shift : delta << t->tsc_shift;
        base = t->system_time + (uint64_t)(((unsigned __int128)delta * t->tsc_to_system_mul) >> 32);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    } while ((version & 1) || version != t->version);
    return base;
}

static void hypervisor_console(const char *text, size_t len)
{
    hc_console_io(CONSOLEIO_write, (unsigned)len, text);
}

boot_print_sink_t *boot_print_sink = hypervisor_console;

void boot_printf(const char *fmt, ...)
{
    char buf[256];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = front_vsnprintf(buf, sizeof(buf), fmt, ap);
    va_end(ap);
    boot_print_sink(buf, (size_t)n);
}
