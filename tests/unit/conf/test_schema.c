/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of keys: types, ranges, refusals, near misses; and defaults taken from it. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/near.h"
#include "conf/schema.h"
#include "checked.h"

Test(schema, accepts_what_old_files_hold)
{
    cr_assert_eq(check("name='a'\nmemory='256'\nvcpus=2\nbuilder='linux'\non_poweroff='preserve'\n"
                       "cpus=['0','1-2',3]\ndisk=[]\nvif='bridge=x'"),
                 0, "%s", why.text);
    cr_assert_str_empty(warnings);
}

Test(schema, types_and_ranges)
{
    refuse("memory=0", "f:1:8: memory: 0 is out of range (1 to 16777216)");
    refuse("memory='lots'", "f:1:8: memory: 'lots' is not a number");
    refuse("\nvcpus=[2]", "f:2:7: vcpus: a number is expected, not a list");
    refuse("name=5", "f:1:6: name: text between quotes is expected, not a number");
    refuse("disk=[5]", "f:1:7: disk: text between quotes is expected, not a number");
    refuse("on_reboot='explode'", "f:1:11: on_reboot: 'explode' is not one of destroy|restart");
    refuse("type='hvm'", "f:1:6: type: only PV guests are supported, not 'hvm'");
    refuse("bootloader='/usr/bin/pygrub'", "f:1:12: bootloader: boot loaders are not supported");
}

Test(schema, unknown_keys_only_warn)
{
    cr_assert_eq(check("memroy=5\nzzzzzz=1\nsoundhw='x'"), 0);
    cr_assert(strstr(warnings, "f:1:1: unknown key memroy is ignored (did you mean memory?)"), "%s",
              warnings);
    cr_assert(strstr(warnings, "f:2:1: unknown key zzzzzz is ignored\n"), "%s", warnings);
    cr_assert(strstr(warnings, "f: no effect in a PV guest: soundhw\n"), "%s", warnings);
}

Test(schema, defaults)
{
    struct conf *conf = conf_parse("f", "", 0, &why);

    cr_assert_eq(conf_number(conf, "memory"), 128);
    cr_assert_eq(conf_number(conf, "vcpus"), 1);
    cr_assert_eq(conf_number(conf, "maxmem"), -1);
    cr_assert_str_eq(conf_string(conf, "on_reboot"), "restart");
    cr_assert_null(conf_string(conf, "kernel"));
    conf_free(conf);
}

Test(schema, every_row_is_complete_and_unique)
{
    for (size_t i = 0; schema_get(i); i++) {
        const struct schema_key *key = schema_get(i);

        cr_assert_eq(schema_find(key->name), key, "%s twice", key->name);
        cr_assert_not_null(key->help);
        if (key->type == SCHEMA_NUMBER)
            cr_assert_lt(key->min, key->max);
    }
}

Test(near, distance)
{
    cr_assert_eq(near_distance("memory", "memory"), 0);
    cr_assert_eq(near_distance("memory", "memroy"), 1, "swapped neighbours are one edit");
    cr_assert_eq(near_distance("test1_disk.img", "test1disk.img"), 1);
    cr_assert_eq(near_distance("", "abc"), 3);
    cr_assert_eq(near_distance("kitten", "sitting"), 3);
}

static const char *nearest(const char *word, const char *candidate)
{
    static struct near near;

    near_init(&near, word);
    near_try(&near, candidate);
    return near_best(&near);
}

/* R19, C13: a word that shares half its letters is another word. */
Test(near, proposals_are_close)
{
    cr_assert_str_eq(nearest("memroy", "memory"), "memory");
    cr_assert_str_eq(nearest("lst", "list"), "list");
    cr_assert_null(nearest("ls", "list"));
    cr_assert_null(nearest("restore", "destroy"));
    cr_assert_null(nearest("acpi", "cpu"));
    cr_assert_null(nearest("apic", "pci"));
}
