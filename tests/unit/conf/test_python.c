/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of Python that old files use, and the refusal by name of the rest. */
#include "checked.h"

/* The text assigns a; its value as text. */
static void is_text(const char *text, const char *want)
{
    struct conf *conf = conf_parse("f", text, strlen(text), &why);

    cr_assert_not_null(conf, "%s", why.text);
    cr_assert_eq(conf_find(conf, "a")->value.type, CONF_STRING, "%s", text);
    cr_assert_str_eq(conf_find(conf, "a")->value.text, want, "%s", text);
    conf_free(conf);
}

static void is_number(const char *text, int64_t want)
{
    struct conf *conf = conf_parse("f", text, strlen(text), &why);

    cr_assert_not_null(conf, "%s", why.text);
    cr_assert_eq(conf_find(conf, "a")->value.type, CONF_NUMBER, "%s", text);
    cr_assert_eq(conf_find(conf, "a")->value.number, want, "%s", text);
    conf_free(conf);
}

Test(python, texts)
{
    is_text("a = 'x' \"y\"", "xy");
    is_text("a = ('x'\n 'y')", "xy");
    is_text("a = 'x' + 'y' + \"z\"", "xyz");
    is_text("a = \"\"\"x\n'y'\"\"\"", "x\n'y'");
    is_text("a = 'x\\\ny'", "xy");
    is_text("a = 'x' \\\r\n'y\\\r\nz'\r\n", "xyz");
    is_text("b = 'web'\na = b + '.img'", "web.img");
    is_text("a = 'x'\na += 'y'", "xy");
    is_text("a = ''", "");
}

Test(python, percent)
{
    is_text("a = 'web%d' % 7", "web7");
    is_text("a = 'web%02d.%s' % (7, 'img')", "web07.img");
    is_text("a = '%-4s|%4d|%+d|%x|%X|%%|%i' % ('a', 5, 5, 255, 255, -1)",
            "a   |   5|+5|ff|FF|%|-1");
    is_text("a = '%.2s%5.3d' % ('abc', 7)", "ab  007");
    is_text("b = 3; a = 'file:/srv/%s%d.img,xvda,w' % ('vm', b)", "file:/srv/vm3.img,xvda,w");
    is_text("a = 'x' + '%s' % 'y' + 'z'", "xyz");
    is_text("a = '100%%' % ()", "100%");
    is_number("a = 7 % 3", 1);
    is_number("a = -7 % 3", 2);
}

Test(python, numbers_and_names)
{
    is_number("a = True", 1);
    is_number("a = False", 0);
    is_number("a = 256 + 0x100", 512);
    is_number("b = 5\na = (b)", 5);
    is_number("a = 1\na += 2", 3);
}

Test(python, none_is_absent)
{
    struct conf *conf = checked("kernel = None\nramdisk = '/r'\nramdisk = None\nmemory = 64");

    cr_assert_not_null(conf, "%s", why.text);
    cr_assert_null(conf_find(conf, "kernel"));
    cr_assert_null(conf_find(conf, "ramdisk"));
    cr_assert_eq(conf_number(conf, "memory"), 64);
    conf_free(conf);
    refuse("disk = [ None ]", "f:1:10: None in a list");
}

Test(python, tuples_are_lists)
{
    struct conf *conf = checked("disk = ( 'file:/a,xvda,w', 'file:/b,xvdb,r', )\n"
                                "vif = ( 'bridge=x', )\ncpus = ()\n");

    cr_assert_not_null(conf, "%s", why.text);
    cr_assert_str_eq(conf_item(conf, "disk", 1)->text, "file:/b,xvdb,r");
    cr_assert_str_eq(conf_item(conf, "vif", 0)->text, "bridge=x");
    cr_assert_null(conf_find(conf, "cpus"));
    conf_free(conf);
}

Test(python, lists_add_up)
{
    struct conf *conf = checked("disk = ['file:/a,xvda,w'] + ['file:/b,xvdb,w']\n"
                                "disk += ['file:/c,xvdc,w']");

    cr_assert_not_null(conf, "%s", why.text);
    cr_assert_str_eq(conf_item(conf, "disk", 2)->text, "file:/c,xvdc,w");
    cr_assert_str_empty(warnings);
    conf_free(conf);
}

Test(python, a_variable_is_no_unknown_key)
{
    accept("vmid = 3\nname = 'web%d' % vmid", "");
    accept("vmid = 3", "Warning: f:1:1: unknown key vmid is ignored\n");
}

Test(python, what_does_not_add_up)
{
    refuse("a = 'x' + 1", "f:1:9: a text and a number cannot be added");
    refuse("a = ['x'] + 'x'", "f:1:11: a list and a text cannot be added");
    refuse("a = None + 1", "f:1:10: a None and a number cannot be added");
    refuse("a = 9223372036854775807 + 1", "f:1:25: the sum is too large");
    refuse("a = '%d' % 'x'", "f:1:10: %d wants a number, not 'x'");
    refuse("a = '%s%s' % 'x'", "f:1:12: there are too few values");
    refuse("a = 'x' % 3", "f:1:9: there are more values than %s");
    refuse("a = '%q' % 1", "f:1:10: '%q' is not a conversion");
    refuse("a = '%9999d' % 1", "f:1:14: '%9999d' is not a conversion");
    refuse("a = '%' % 1", "f:1:9: '%' is not a conversion");
    refuse("a = '%(x)s' % 1", "f:1:13: '%(name)' is not known here");
    refuse("a = '%s' % [['x'],]", "f:1:10: a list cannot be put into a text");
    refuse("a = 5 % 0", "f:1:7: the rest of a division by 0");
    refuse("a = [] % 2", "f:1:8: a list has no %");
    refuse("a += 1", "f:1:6: 'a' is not set above: write = for +=");
    refuse("a = [1]\na += 1", "f:2:6: a list and a number cannot be added");
}

Test(python, what_is_not_evaluated)
{
    refuse("a = b", "f:1:5: 'b' is not set above (put it between quotes if it is text)");
    refuse("a = os.getenv('x')", "f:1:5: 'os.' is Python code, which is not run");
    refuse("a = str(5)", "f:1:5: 'str(' is Python code, which is not run");
    refuse("a = 2 * 3", "f:1:7: '*' would be a Python expression (write the resulting value)");
    refuse("a = 'x' if 1 else 'y'", "f:1:9: 'if' would be a Python expression");
    refuse("a = ['x' for b in 'y']", "f:1:10: 'for' would be a Python expression");
    refuse("a = 'abc'[0]", "f:1:10: Python's functions and indices are not evaluated");
    refuse("a = 'x'.strip()", "f:1:8: '.' would be a Python expression");
    refuse("b = 1\na = b(2)", "f:2:6: Python's functions");
    refuse("a = -b", "f:1:5: '-' would be a Python expression");
    refuse("xm_vars.var('vmid')", "f:1:8: 'xm_vars.' is Python code: only key = value is read");
    refuse("f(1)", "f:1:2: 'f(' is Python code: only key = value is read");
    refuse("a[0] = 1", "f:1:2: 'a[' is Python code: only key = value is read");
}

/* A few lines must not fill the memory: each of these doubles the value before it. */
Test(python, values_stay_small)
{
    char text[4096] = "a = 'xxxxxxxxxxxxxxxx'\n";
    char list[4096] = "a = ['x','x','x','x']\n", wide[4096] = "a = '%999d' % 1\n";
    char deep[4096] = "a = [1]\n";

    for (int i = 0; i < 60; i++) {
        strcat(text, "a = a + a\n");
        strcat(list, "a += a\n");
        strcat(wide, "a = '%s%s%s%s' % (a, a, a, a)\n");
        strcat(deep, "a = [a, a]\n");
    }
    cr_assert_null(conf_parse("f", text, strlen(text), &why));
    cr_assert(strstr(why.text, "the values grow too large"), "%s", why.text);
    cr_assert_null(conf_parse("f", list, strlen(list), &why));
    cr_assert(strstr(why.text, "the values grow too large"), "%s", why.text);
    cr_assert_null(conf_parse("f", wide, strlen(wide), &why));
    cr_assert(strstr(why.text, "the values grow too large"), "%s", why.text);
    cr_assert_null(conf_parse("f", deep, strlen(deep), &why));
    cr_assert(strstr(why.text, "nested too deep"), "%s", why.text);
}

/* Neither may what comes of a few lines take long, nor fill a disk: devices are compared, each with each. */
Test(python, few_lines_are_few_devices)
{
    char text[1024] = "a = ['mac=00:16:3e:00:00:01,ip=10.0.0.1']\n", *at = text + strlen(text);
    size_t lines = 0;

    for (int i = 0; i < 4; i++)
        at = stpcpy(at, "a += a\n");
    strcpy(at, "vif = a\n");
    cr_assert_eq(check(text), 0, "%s", why.text); /* 16 NICs */
    for (const char *line = warnings; (line = strchr(line, '\n')); line++)
        lines++;
    cr_assert_eq(lines, 2 * 15);
    strcpy(at, "vif = a + ['']\n");
    refuse(text, "f:6:12: vif: a guest has at most 16 of them, not 17");
    strcpy(at, "disk = a + a + a + a + ['']\n");
    refuse(text, "f:6:25: disk: a guest has at most 64 of them, not 65");
    for (int i = 0; i < 12; i++)
        at = stpcpy(at, "a += a\n");
    cr_assert_null(conf_parse("f", text, strlen(text), &why));
    cr_assert(strstr(why.text, "the values grow too large"), "%s", why.text);
}

/* Widths make much of a short text, too. */
Test(python, texts_that_are_filled_in_stay_small)
{
    enum { COUNT = 5000 }; /* 999 bytes each: more than a file may come to */
    char *text = malloc(COUNT * 8 + 16), *at = text;

    at += sprintf(at, "a = '");
    for (int i = 0; i < COUNT; i++)
        at += sprintf(at, "%%999d");
    at += sprintf(at, "' %% (");
    for (int i = 0; i < COUNT; i++)
        at += sprintf(at, "1,");
    sprintf(at, ")");
    cr_assert_null(conf_parse("f", text, strlen(text), &why));
    cr_assert(strstr(why.text, "the values grow too large"), "%s", why.text);
    free(text);
}
