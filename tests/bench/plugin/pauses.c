/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plugin of QEMU 7.2 (-plugin pauses.so,counts=FILE[,wait=ADDRESS,entry=ADDRESS]): counts each PAUSE that the hypervisor
 * executes.  FILE is an array of struct row, true at any moment; unused ones are 0.  A PAUSE of the function at `wait`
 * is counted for the CALL of `entry` that led there.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qemu.h"

int qemu_plugin_version = 1;

#define ROWS 1024
static struct row {
    _Atomic uint64_t address, count;
} * rows;
#define CPUS 64
static struct row *led_here[CPUS]; /* the call of `entry` that each CPU made last */
static uint64_t wait, entry;
#define WAIT_SIZE 128 /* bytes: the function, and no other that has a PAUSE */

/* The row of an address; translators run side by side. */
static struct row *row_of(uint64_t address)
{
    for (unsigned i = 0; i < ROWS - 1; i++) {
        uint64_t none = 0;
        if (atomic_compare_exchange_strong(&rows[i].address, &none, address) || none == address)
            return &rows[i];
    }
    abort();
}

static void count(unsigned cpu, void *row)
{
    (void)cpu;
    ((struct row *)row)->count++;
}

static void count_for_caller(unsigned cpu, void *row)
{
    if (cpu < CPUS && led_here[cpu])
        row = led_here[cpu];
    count(cpu, row);
}

static void called(unsigned cpu, void *row)
{
    if (cpu < CPUS)
        led_here[cpu] = row;
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        const uint8_t *code = qemu_plugin_insn_data(insn);
        uint64_t at = qemu_plugin_insn_vaddr(insn);
        size_t size = qemu_plugin_insn_size(insn);
        int32_t distance;

        if (at < HYPERVISOR_START || at >= HYPERVISOR_END)
            continue;
        if (size == 2 && code[0] == 0xf3 && code[1] == 0x90) {
            bool waits = wait && at - wait < WAIT_SIZE;
            qemu_plugin_register_vcpu_insn_exec_cb(insn, waits ? count_for_caller : count, 0,
                                                   row_of(at));
        } else if (size == 5 && code[0] == 0xe8) { /* CALL rel32 */
            memcpy(&distance, code + 1, sizeof(distance));
            if (at + size + (uint64_t)(int64_t)distance == entry)
                qemu_plugin_register_vcpu_insn_exec_cb(insn, called, 0, row_of(at));
        }
    }
}

__attribute__((visibility("default"))) int qemu_plugin_install(uint64_t id, const void *info,
                                                               int argc, char **argv)
{
    int fd = -1;

    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!strncmp(argv[i], "counts=", 7))
            fd = open(argv[i] + 7, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (!strncmp(argv[i], "wait=", 5))
            wait = strtoull(argv[i] + 5, NULL, 16);
        if (!strncmp(argv[i], "entry=", 6))
            entry = strtoull(argv[i] + 6, NULL, 16);
    }
    if (fd < 0 || ftruncate(fd, ROWS * sizeof(*rows)))
        return -1;
    rows = mmap(NULL, ROWS * sizeof(*rows), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (rows == MAP_FAILED)
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
