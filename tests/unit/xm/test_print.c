/* SPDX-License-Identifier: BSD-2-Clause */
/* The printers of SXP and JSON, to the byte. */
#include <criterion/criterion.h>

#include "fake.h"
#include "xm/json.h"
#include "xm/sxp.h"

static int print_sxp(void *unused)
{
    struct sxp s = {.out = stdout};

    (void)unused;
    sxp_open(&s, "domain");
    sxp_text(&s, "name", "web");
    sxp_text(&s, "args", "root=/dev/xvda1 (x)");
    sxp_text(&s, "quote", "it's");
    sxp_text(&s, "paren", "a)(b");
    sxp_text(&s, "empty", "");
    sxp_text(&s, "absent", NULL);
    sxp_number(&s, "domid", 3);
    sxp_close(&s);
    return 0;
}

Test(sxp, quoting)
{
    fake_capture(print_sxp, NULL);
    cr_assert_str_eq(fake_out, "(domain\n"
                               "    (name web)\n"
                               "    (args 'root=/dev/xvda1 (x)')\n"
                               "    (quote 'it\\'s')\n"
                               "    (paren 'a)(b')\n"
                               "    (empty '')\n"
                               "    (domid 3)\n"
                               ")\n");
}

static int print_json(void *unused)
{
    struct json_object *list = json_object_new_array(), *one = json_object_new_object();

    (void)unused;
    json_add_text(one, "name", "a\"b/\n");
    json_add_text(one, "absent", NULL);
    json_add_number(one, "n", -1);
    json_object_array_add(list, one);
    json_print(stdout, list);
    json_object_put(list);
    return 0;
}

Test(json, layout_of_xl)
{
    fake_capture(print_json, NULL);
    cr_assert_str_eq(fake_out, "[\n"
                               "    {\n"
                               "        \"name\": \"a\\\"b/\\n\",\n"
                               "        \"n\": -1\n"
                               "    }\n"
                               "]\n");
}
