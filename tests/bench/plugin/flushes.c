/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plugin of QEMU 7.2 (-plugin flushes.so,counts=FILE,mark=ADDRESS): how often the hypervisor, on one CPU, loads CR3 and writes
 * CR4 (which forgets global entries, too) between two calls of the function at ADDRESS.  Each call writes a line:
 * both counts since the call before.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu.h"

int qemu_plugin_version = 1;
static FILE *lines;
static uint64_t mark;
static unsigned long loads, writes; /* of CR3, of CR4 */

static void count(unsigned cpu, void *what)
{
    (void)cpu;
    ++*(unsigned long *)what;
}

static void marked(unsigned cpu, void *data)
{
    (void)cpu, (void)data;
    fprintf(lines, "%lu %lu\n", loads, writes);
    fflush(lines);
    loads = writes = 0;
}

/* MOV to a control register: 0F 22 /r, its number in the reg field (SDM 2B, MOV). */
static unsigned control_register(const uint8_t *code, size_t size)
{
    if (size == 4 && (code[0] & 0xf0) == 0x40) /* REX */
        code++, size--;
    return size == 3 && code[0] == 0x0f && code[1] == 0x22 ? code[2] >> 3 & 7 : 0;
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        const uint64_t at = qemu_plugin_insn_vaddr(insn);
        const unsigned cr =
            control_register(qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn));

        if (at == mark)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, marked, 0, NULL);
        else if (at >= HYPERVISOR_START && at < HYPERVISOR_END && (cr == 3 || cr == 4))
            qemu_plugin_register_vcpu_insn_exec_cb(insn, count, 0, cr == 3 ? &loads : &writes);
    }
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!strncmp(argv[i], "counts=", 7))
            lines = fopen(argv[i] + 7, "we");
        if (!strncmp(argv[i], "mark=", 5))
            mark = strtoull(argv[i] + 5, NULL, 16);
    }
    if (!lines || !mark)
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
