/* SPDX-License-Identifier: BSD-2-Clause */
/* The config language: values, places, and one clear error for every way of getting it wrong. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

static struct fail why;

static struct conf *parse(const char *text)
{
    why.text[0] = '\0';
    return conf_parse("f", text, strlen(text), &why);
}

static void refuse(const char *text, const char *message)
{
    struct conf *conf = parse(text);

    cr_assert_null(conf, "accepted: %s", text);
    cr_assert_eq(strncmp(why.text, message, strlen(message)), 0, "%s: got '%s'", text, why.text);
}

Test(parse, a_classic_file)
{
    struct conf *conf = parse("# test\n"
                              "name = 'web'; memory=256\n"
                              "disk = [ 'file:/a,xvda,w',   # first\n"
                              "         \"phy:b,xvdb,r\", ]\n"
                              "extra = \"console=hvc0 \" 'quiet'\n"
                              "maxmem = 0x200\n");

    cr_assert_not_null(conf, "%s", why.text);
    cr_assert_str_eq(conf_string(conf, "name"), "web");
    cr_assert_eq(conf_number(conf, "memory"), 256);
    cr_assert_eq(conf_number(conf, "maxmem"), 512);
    cr_assert_str_eq(conf_string(conf, "extra"), "console=hvc0 quiet");
    cr_assert_str_eq(conf_item(conf, "disk", 1)->text, "phy:b,xvdb,r");
    cr_assert_eq(conf_item(conf, "disk", 1)->pos.line, 4);
    cr_assert_eq(conf_item(conf, "disk", 1)->pos.col, 10);
    cr_assert_null(conf_item(conf, "disk", 2));
    conf_free(conf);
}

Test(parse, later_assignment_wins)
{
    struct conf *conf = parse("memory = 1\nmemory = 2");

    cr_assert_eq(conf_number(conf, "memory"), 2);
    cr_assert_eq(conf->count, 1);
    conf_free(conf);
}

Test(parse, escapes_and_carriage_returns)
{
    struct conf *conf = parse("name = 'a\\'b\\\\c\\qd'\r\nextra = \"tab\\t\"\r\n");

    cr_assert_str_eq(conf_string(conf, "name"), "a'b\\c\\qd");
    cr_assert_str_eq(conf_string(conf, "extra"), "tab\t");
    conf_free(conf);
}

Test(parse, an_empty_file)
{
    struct conf *conf = parse("\n\n# nothing\n;;\n");

    cr_assert_not_null(conf);
    cr_assert_eq(conf->count, 0);
    conf_free(conf);
}

Test(parse, errors_name_the_place)
{
    refuse("name = 'web\nmemory = 1", "f:1:8: string is not closed");
    refuse("name =\n", "f:1:7: a string, a number or a list is missing before this end of line");
    refuse("name 'x'", "f:1:6: '=' is missing after name");
    refuse("a = 1 b = 2", "f:1:7: unexpected name after the value of a");
    refuse("disk = [ 'a', 3 4 ]", "f:1:17: unexpected number in a list (a comma or ] is missing)");
    refuse("disk = ('a', 3 4 )", "f:1:16: unexpected number in a tuple (a comma or ) is missing)");
    refuse("disk = ('a',\n", "f:1:8: '(' is not closed");
    refuse("a = { 'b': 1", "f:1:5: '{' is not closed");
    refuse("a = { 'b' }", "f:1:11: ':' is missing after a dictionary's key");
    refuse("a = { 'b': 1 'c' }", "f:1:14: a comma or } is missing in a dictionary");
    refuse("a = \"\"\"text", "f:1:5: string is not closed (add the missing \", three of them)");
    refuse("a = ]", "f:1:5: a string, a number or a list is missing before this ']'");
    refuse("disk = [ 'a',\n", "f:1:8: list is not closed");
    refuse("a = 1x", "f:1:5: '1x' is not a number");
    refuse("a = 99999999999999999999", "f:1:5: number 99999999999999999999 is too large");
    refuse("a = 1111111111111111111111111111111111111111111111111111111111111111", "f:1:5: ");
    refuse("a = 1111111111x111111111111111111111111111111111111111111111111111111", "f:1:5: ");
    refuse("= 1", "f:1:1: unexpected '='");
    refuse("a = [[[[[[[[[1]]]]]]]]]", "f:1:14: brackets are nested too deep");
    refuse("a = ((((((((((1", "f:1:14: brackets are nested too deep");
}

Test(parse, errors_say_the_mend)
{
    refuse("name = \xe2\x80\x98web\xe2\x80\x99",
           "f:1:8: typographic quote U+2018 (write ' instead)");
    refuse("a = 1\nb = \xe2\x80\x9cx\xe2\x80\x9d",
           "f:2:5: typographic quote U+201C (write \" instead)");
    refuse("// comment", "f:1:1: '//' does not begin a comment (write # instead)");
    refuse("a\xc2\xa0= 1", "f:1:2: no-break space");
}

Test(parse, columns_count_characters)
{
    refuse("a = '\xc3\xa4\xc3\xb6' *", "f:1:10: '*'");
}

Test(parse, nul_bytes)
{
    static const char in_string[] = "a = 'x\0y'", outside[] = "a = 1\0";

    cr_assert_null(conf_parse("f", in_string, sizeof(in_string) - 1, &why));
    cr_assert_null(conf_parse("f", outside, sizeof(outside) - 1, &why));
}

Test(override, literals_and_bare_text)
{
    struct conf *conf = parse("memory = 1\nname = 'a'");

    cr_assert_eq(conf_override(conf, "memory=256", &why), 0);
    cr_assert_eq(conf_override(conf, "name=\"web\"", &why), 0);
    cr_assert_eq(conf_override(conf, "extra=ro single", &why), 0);
    cr_assert_eq(conf_override(conf, "disk=file:/a,xvda,w", &why), 0);
    cr_assert_eq(conf_override(conf, "vif=['bridge=x','']", &why), 0);
    cr_assert_eq(conf_number(conf, "memory"), 256);
    cr_assert_str_eq(conf_string(conf, "name"), "web");
    cr_assert_str_eq(conf_string(conf, "extra"), "ro single");
    cr_assert_str_eq(conf_item(conf, "disk", 0)->text, "file:/a,xvda,w");
    cr_assert_str_eq(conf_item(conf, "vif", 1)->text, "");
    cr_assert_eq(conf_override(conf, "nonsense", &why), -1);
    cr_assert_eq(conf_override(conf, "=x", &why), -1);
    conf_free(conf);
}

Test(print, reads_back_the_same)
{
    struct conf *conf = parse("name='a\"\\n\\\\b'\nmemory=7\ndisk=['x',[1,-2],'']"), *again;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    conf_print(conf, out);
    fclose(out);
    again = conf_parse("g", text, len, &why);
    cr_assert_not_null(again, "%s: %s", why.text, text);
    cr_assert_str_eq(conf_string(again, "name"), "a\"\n\\b");
    cr_assert_eq(conf_number(again, "memory"), 7);
    cr_assert_eq(conf_item(again, "disk", 1)->items[1].number, -2);
    cr_assert_eq(conf_find(again, "disk")->value.count, 3);
    conf_free(conf);
    conf_free(again);
    free(text);
}
