/* SPDX-License-Identifier: BSD-2-Clause */
/* Cores: their format as readelf and a reader of the document see it, what is in them, and that
 * nothing is left when one cannot be written. */
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glob.h>

#include "domain_test.h"
#include "domain/core.h"
#include "domain/core_format.h"
#include "lib/store.h"
#include <xen/elfnote.h>

#define MAX_CORE (1u << 20)

static char core[MAX_CORE];
static size_t core_len;
static const Elf64_Shdr *sections;
static char path[CORE_PATH_LEN];
static const struct core_options plain, live = {.live = true};

static void frame(unsigned int mfn, int owner, uint64_t pfn)
{
    fake_frames[mfn].owner = owner;
    fake_frames[mfn].pfn = pfn;
    fake_frames[mfn].type = 0;
}

/* Domain 5: six pages out of order, far apart, among others' and Xen's own; three vCPUs, of which
 * two have run. */
static void begin_core(void)
{
    begin();
    fake_domain_add(5, "g")->tot_pages = 6;
    fake_domain(5)->max_vcpu_id = 2;
    fake_domain(5)->shared_info_frame = 7;
    fake_vcpus_running = 5;
    frame(10, 5, 3);
    frame(11, 4, 0);
    frame(12, 5, 2);
    frame(13, 5, 1);
    frame(2000, 5, 0);
    frame(2047, 5, 9);
    frame(3000, 5, 4);
    frame(7, 5, ~UINT64_C(0));
    fake_frames[12].zero = true;
    fake_frames[13].type = XEN_DOMCTL_PFINFO_L4TAB | XEN_DOMCTL_PFINFO_LPINTAB;
    snprintf(path, sizeof(path), "%s/core", fake_dir);
}

static void load(const char *file)
{
    int fd = open(file, O_RDONLY);

    cr_assert_geq(fd, 0, "%s", file);
    core_len = read(fd, core, sizeof(core));
    close(fd);
    sections = (const void *)(core + ((const Elf64_Ehdr *)core)->e_shoff);
}

static const Elf64_Shdr *section(const char *name)
{
    const Elf64_Ehdr *ehdr = (const void *)core;
    const char *names = core + sections[ehdr->e_shstrndx].sh_offset;

    for (int i = 1; i < ehdr->e_shnum; i++)
        if (strcmp(names + sections[i].sh_name, name) == 0)
            return &sections[i];
    cr_assert_fail("no section %s", name);
    return NULL;
}

/* The descriptor of a note. */
static const void *note(uint32_t type, size_t *len)
{
    const Elf64_Shdr *s = section(".note.Xen");

    for (size_t at = 0; at < s->sh_size;) {
        const Elf64_Nhdr *n = (const void *)(core + s->sh_offset + at);

        cr_assert_eq(n->n_namesz, 4);
        cr_assert_str_eq((const char *)(n + 1), "Xen");
        *len = n->n_descsz;
        if (n->n_type == type)
            return (const char *)(n + 1) + 4;
        at += sizeof(*n) + 4 + (n->n_descsz + 3) / 4 * 4;
    }
    cr_assert_fail("no note %x", type);
    return NULL;
}

Test(core, headers_and_notes, .init = begin_core)
{
    const Elf64_Ehdr *ehdr = (const void *)core;
    const uint64_t *words;
    size_t len;

    cr_assert_eq(core_dump(&ts, 5, path, &plain), 0, "%s", ts.fail.text);
    load(path);
    cr_assert_eq(memcmp(core, "\177ELF\2\1\1\0", 8), 0);
    cr_assert_eq(ehdr->e_type, ET_CORE);
    cr_assert_eq(ehdr->e_machine, EM_X86_64);
    cr_assert_eq(ehdr->e_phnum, 0);
    words = note(XEN_ELFNOTE_DUMPCORE_HEADER, &len);
    cr_assert_eq(len, 32);
    cr_assert_eq(words[0], 0xf00febed);
    cr_assert_eq(words[1], 2);
    cr_assert_eq(words[2], 6);
    cr_assert_eq(words[3], 4096);
    words = note(XEN_ELFNOTE_DUMPCORE_XEN_VERSION, &len);
    cr_assert_eq(len, 16 + 16 + 144 + 1024 + 64 + 8 + 8, "as the document has its members");
    cr_assert_eq(words[0], 4);
    cr_assert_eq(words[1], 17);
    words = note(XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION, &len);
    cr_assert_eq(words[0], 1);
    note(XEN_ELFNOTE_DUMPCORE_NONE, &len);
    cr_assert_eq(len, 0);
}

Test(core, registers_frames_and_pages, .init = begin_core)
{
    static const uint64_t want[][2] = {{0, 2000}, {1, 13}, {2, 12}, {3, 10}, {4, 3000}, {9, 2047}};
    const Elf64_Shdr *s;
    struct stat st;

    cr_assert_eq(core_dump(&ts, 5, path, &plain), 0, "%s", ts.fail.text);
    load(path);
    s = section(".xen_prstatus");
    cr_assert_eq(s->sh_size, 2 * sizeof(vcpu_guest_context_x86_64_t));
    for (int i = 0; i < 2; i++)
        cr_assert_eq(((vcpu_guest_context_x86_64_t *)(core + s->sh_offset))[i].user_regs.rip,
                     0xffffffff81000000 + 2 * i);
    s = section(".xen_shared_info");
    cr_assert_eq(*(uint64_t *)(core + s->sh_offset), 7);
    s = section(".xen_p2m");
    cr_assert_eq(s->sh_size, sizeof(want));
    cr_assert_eq(memcmp(core + s->sh_offset, want, sizeof(want)), 0);
    s = section(".xen_pages");
    cr_assert_eq(s->sh_offset % 4096, 0);
    cr_assert_eq(s->sh_offset + s->sh_size, core_len);
    for (int i = 0; i < 6; i++)
        cr_assert_eq(*(uint64_t *)(core + s->sh_offset + i * 4096 + 4088),
                     want[i][1] == 12 ? 0 : want[i][1], "page %d", i);
    cr_assert_eq(stat(path, &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0600, "what a guest has in memory is not everybody's");
    cr_assert_lt((uint64_t)st.st_blocks * 512, (uint64_t)st.st_size, "zeroes take room");
}

static int files(void)
{
    char pattern[128];
    glob_t found;
    int n;

    snprintf(pattern, sizeof(pattern), "%s/core*", fake_dir);
    glob(pattern, 0, NULL, &found);
    n = found.gl_pathc;
    globfree(&found);
    return n;
}

Test(core, nothing_left_after_any_failure, .init = begin_core)
{
    unsigned int total;

    fake_fail(0);
    cr_assert_eq(core_dump(&ts, 5, path, &plain), 0);
    total = fake_calls();
    unlink(path);
    cr_assert_geq(total, 5);
    fake_fail(total);
    assert_fails_with(core_dump(&ts, 5, path, &plain), "stays paused");
    xc_domain_unpause(ts.xch, 5);
    unlink(path);
    for (unsigned int n = 1; n < total; n++) {
        fake_fail(n);
        ts.fail.text[0] = '\0';
        cr_assert_eq(core_dump(&ts, 5, path, &plain), -1, "call %u may fail unnoticed", n);
        cr_assert_neq(ts.fail.text[0], '\0', "call %u", n);
        cr_assert_eq(files(), 0, "call %u leaves a file", n);
        cr_assert_not(fake_domain(5)->flags & XEN_DOMINF_paused, "call %u leaves it paused", n);
    }
}

static uint64_t seen_flags;

static void look(uint64_t done, uint64_t total)
{
    cr_assert_eq(done, total);
    seen_flags = fake_domain(5)->flags;
}

Test(core, paused_unless_live, .init = begin_core)
{
    struct core_options how = {.progress = look};

    cr_assert_eq(core_dump(&ts, 5, path, &how), 0);
    cr_assert(seen_flags & XEN_DOMINF_paused);
    cr_assert_not(fake_domain(5)->flags & XEN_DOMINF_paused);
    how.live = true;
    cr_assert_eq(core_dump(&ts, 5, path, &how), 0);
    cr_assert_not(seen_flags & XEN_DOMINF_paused);
    fake_domain(5)->flags = XEN_DOMINF_paused;
    how.live = false;
    cr_assert_eq(core_dump(&ts, 5, path, &how), 0);
    cr_assert(fake_domain(5)->flags & XEN_DOMINF_paused, "somebody else paused it");
}

/* A guest that runs on may balloon a page away between the list and the mapping. */
Test(core, page_gone_meanwhile, .init = begin_core)
{
    fake_frames[10].gone = true;
    assert_fails_with(core_dump(&ts, 5, path, &plain), "Invalid argument");
    cr_assert_eq(files(), 0);
    cr_assert_eq(core_dump(&ts, 5, path, &live), 0, "%s", ts.fail.text);
}

Test(core, places_refused, .init = begin_core)
{
    char other[CORE_PATH_LEN];

    assert_fails_with(core_dump(&ts, 5, "/dev/null", &plain), "/dev/null is not a file");
    assert_fails_with(core_dump(&ts, 5, fake_dir, &plain), "is not a file");
    snprintf(other, sizeof(other), "%s/none/core", fake_dir);
    assert_fails_with(core_dump(&ts, 5, other, &plain), "No such file or directory (make");
    assert_fails_with(core_dump(&ts, 6, path, &plain), "domain 6 is gone");
    fake_domain_add(6, "empty")->tot_pages = 4;
    assert_fails_with(core_dump(&ts, 6, path, &plain), "it has none");
    store_cancel(true);
    assert_fails_with(core_dump(&ts, 5, path, &plain), "interrupted");
    cr_assert_eq(files(), 0);
}

Test(core, default_paths, .init = begin_core)
{
    char want[128];

    cr_assert_eq(core_default_path(&ts, 5, path), 0);
    cr_assert_not_null(strstr(path, "-g.5.core"));
    cr_assert_eq(strlen(path), strlen(fake_dir) + strlen("/dump/2026-1126-2235.07-g.5.core"));
    ts.xl = true;
    cr_assert_eq(core_default_path(&ts, 5, path), 0);
    snprintf(want, sizeof(want), "%s/xl-dump/g", fake_dir);
    cr_assert_str_eq(path, want);
}

/* A guest that crashes for ever must not fill dom0's disk. */
Test(core, of_crashes_are_counted_by_name, .init = begin_core)
{
    char name[128];

    for (unsigned int i = 0; i < CORES_KEPT; i++) {
        snprintf(name, sizeof(name), "dump/2026-0101-0000.0%u-g.%u.core", i, i);
        fake_file(name, "");
    }
    assert_fails_with(core_of_crash(&ts, 5, path), "8 cores of g are in");
    snprintf(name, sizeof(name), "%s/dump/2026-0101-0000.00-g.0.core", fake_dir);
    unlink(name);
    fake_file("dump/2026-0101-0000.00-gg.0.core", "");
    fake_file("dump/2026-0101-0000.00-g.0.core.x", "");
    cr_assert_eq(core_of_crash(&ts, 5, path), 0, "%s", ts.fail.text);
}
