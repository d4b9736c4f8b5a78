/* SPDX-License-Identifier: BSD-2-Clause */
/* The crash kernel's only program (run-kdump): prints the notes of /proc/vmcore and resets the machine. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/procfs.h>
#include <sys/reboot.h>
#include <unistd.h>

#define NOTES_MAX (1u << 20)

static void print_notes(const char *p, size_t size)
{
    const char *end = p + size;

    while (p + sizeof(Elf64_Nhdr) <= end) {
        const Elf64_Nhdr *h = (const void *)p;
        const char *name = p + sizeof(*h), *desc = name + ((h->n_namesz + 3) & ~3u);
        struct elf_prstatus s;

        printf("kdump: %.*s, type %x, %u bytes", (int)h->n_namesz, name, h->n_type, h->n_descsz);
        if (h->n_type == NT_PRSTATUS && h->n_descsz == sizeof(s)) {
            memcpy(&s, desc, sizeof(s));
            printf(", RIP %llx", (unsigned long long)s.pr_reg[16]);
        }
        puts("");
        p = desc + ((h->n_descsz + 3) & ~3u);
    }
}

int main(void)
{
    static char notes[NOTES_MAX];
    Elf64_Ehdr e;
    Elf64_Phdr ph;
    FILE *f;

    mount("proc", "/proc", "proc", 0, NULL);
    f = fopen("/proc/vmcore", "r");
    if (!f || fread(&e, sizeof(e), 1, f) != 1)
        puts("kdump: no /proc/vmcore");
    else
        printf("kdump: /proc/vmcore has %u parts\n", e.e_phnum);
    for (unsigned i = 0; f && i < e.e_phnum; i++)
        if (!fseek(f, (long)(e.e_phoff + i * sizeof(ph)), SEEK_SET) &&
            fread(&ph, sizeof(ph), 1, f) == 1 && ph.p_type == PT_NOTE && ph.p_filesz <= NOTES_MAX &&
            !fseek(f, (long)ph.p_offset, SEEK_SET) &&
            fread(notes, 1, ph.p_filesz, f) == ph.p_filesz)
            print_notes(notes, ph.p_filesz);
    fflush(stdout);
    sleep(1);
    reboot(RB_AUTOBOOT);
    return 1;
}
