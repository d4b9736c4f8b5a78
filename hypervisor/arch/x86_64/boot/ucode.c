/* SPDX-License-Identifier: BSD-2-Clause */
/* ucode=: microcode from a boot module, before anything is decided by what CPUs say. */
#include <hv/hcall.h>
#include <hv/lib.h>
#include <asm/boot.h>
#include <asm/port.h>
#include <asm/ucode.h>

static struct ucode_patch patch; /* what was loaded; never given back */

/* The module of ucode=N, counted as Xen does; it is not dom0's ramdisk. */
static __init bool from_index(int index, const uint8_t **file, size_t *len)
{
    struct boot_info *b = &boot_info;
    unsigned i = (unsigned)(index < 0 ? (int)b->module_count + index : index);

    if (!i || i >= b->module_count) /* 0 is the kernel */
        return false;
    b->ramdisk = i == 1 ? 2 : 1;
    *file = phys_to_virt(PADDR(b->module[i].start));
    *len = b->module[i].end - b->module[i].start;
    return true;
}

/* The file of this CPU's maker in an archive that a module begins with. */
static __init bool from_archive(enum cpu_vendor vendor, const uint8_t **file, size_t *len)
{
    const char *name = vendor == CPU_INTEL ? "kernel/x86/microcode/GenuineIntel.bin"
                                           : "kernel/x86/microcode/AuthenticAMD.bin";

    for (unsigned i = 0; i < boot_info.module_count; i++) {
        const struct boot_module *m = &boot_info.module[i];
        if (ucode_cpio(phys_to_virt(PADDR(m->start)), m->end - m->start, name, file, len))
            return true;
    }
    return false;
}

static __init void load(const struct ucode_cpu *cpu, const uint8_t *file, size_t len)
{
    int err = ucode_find(cpu, file, len, &patch);

    if (err == -XEN_ENOENT) {
        log_info("microcode: %x, there is none newer\n", cpu->revision);
        return;
    }
    if (err) {
        log_warn("microcode: the module is damaged, or not of this CPU's maker\n");
        return;
    }
    uint8_t *copy = phys_to_virt(boot_alloc(patch.len, PAGE_SIZE));
    memcpy(copy, patch.data, patch.len);
    patch.data = copy;
    if (ucode_load(&patch))
        log_info("microcode: %x replaced by %x\n", cpu->revision, patch.revision);
    else
        log_warn("microcode: update rev 0x%x to 0x%x failed\n", cpu->revision, patch.revision);
}

__init void ucode_boot(void)
{
    struct cpu_ident ident = cpu_identify();
    struct ucode_cpu cpu;
    const uint8_t *file;
    size_t len;

    ucode_identify(&ident);
    if (!cmdline.ucode_module && !cmdline.ucode_scan)
        return;
    cpu = ucode_this_cpu();
    if (cmdline.ucode_module ? !from_index(cmdline.ucode_module, &file, &len)
                             : !from_archive(cpu.vendor, &file, &len))
        log_warn("microcode: ucode= names no module that has some\n");
    else if ((ident.is_virtual && !ident.is_emulated) || cpu.vendor == CPU_OTHER)
        log_info("microcode: not loaded into a virtual CPU, or one of an unknown kind\n");
    else
        load(&cpu, file, len);
}

__init void ucode_boot_ap(void)
{
    if (patch.data)
        (void)ucode_load(&patch);
}
