/* SPDX-License-Identifier: BSD-2-Clause */
/* A configuration as bytes between processes: it comes as it went, and nothing of it is believed. */
#include "checked.h"
#include "conf/flat.h"

static uint8_t flat[FLAT_MAX];

static ssize_t flatten(const char *text)
{
    struct conf *conf = conf_parse("f", text, strlen(text), &why);
    ssize_t len = conf ? conf_flatten(conf, flat, &why) : -1;

    conf_free(conf);
    return len;
}

/* What comes, as text; NULL: it is refused. */
static char *unflatten(const void *from, size_t len)
{
    /* of just that length, so that a read beyond it is seen */
    uint8_t *bytes = malloc(len ? len : 1);
    struct conf *conf;
    char *text = NULL;
    size_t text_len;
    FILE *out;

    memcpy(bytes, from, len);
    conf = conf_unflatten("g", bytes, len, &why);
    free(bytes);
    if (!conf)
        return NULL;
    out = open_memstream(&text, &text_len);
    conf_print(conf, out);
    fclose(out);
    conf_free(conf);
    return text;
}

static const char whole[] = "name = \"g\"\nmemory = 64\ncpus = [ 1, \"2\", ]\ndisk = [ ]\n";

Test(flat, round)
{
    const ssize_t len = flatten(whole);
    char *text = unflatten(flat, len);

    cr_assert_gt(len, 0, "%s", why.text);
    cr_assert_str_eq(text, whole);
    free(text);
}

/* What the check finds afterwards is told as in the text. */
Test(flat, place)
{
    const ssize_t len = flatten("name='g'\n  memory = 'x'");
    struct conf *conf = conf_unflatten("g", flat, len, &why);

    cr_assert_not_null(conf);
    cr_assert_eq(conf_check(conf, NULL, &why), -1);
    cr_assert_eq(strncmp(why.text, "g:2:3: memory:", 14), 0, "%s", why.text);
    conf_free(conf);
}

Test(flat, without_what_has_no_effect)
{
    const ssize_t len = flatten("vmid=7; acpi=1; name='g'");
    char *text = unflatten(flat, len);

    cr_assert_str_eq(text, "name = \"g\"\n");
    free(text);
}

Test(flat, no_flat_value)
{
    cr_assert_eq(flatten("name='g'; disk=[['a', 'b']]"), -1);
    cr_assert(strstr(why.text, "disk: it is no text"), "%s", why.text);
    cr_assert_eq(flatten("name={'a': 'b'}"), -1);
    cr_assert(strstr(why.text, "name: it is no text"), "%s", why.text);
}

Test(flat, too_large)
{
    char text[FLAT_MAX + 32] = "";

    memset(text + sprintf(text, "extra='"), 'x', FLAT_MAX);
    strcat(text, "'");
    cr_assert_eq(flatten(text), -1);
    cr_assert(strstr(why.text, "too large"), "%s", why.text);
}

Test(flat, cut_anywhere)
{
    const size_t len = flatten(whole);
    unsigned int refused = 0;

    for (size_t n = 0; n < len; n++) {
        char *text = unflatten(flat, n);

        cr_assert(!text || strncmp(whole, text, strlen(text)) == 0, "%zu: %s", n, text);
        refused += !text;
        free(text);
    }
    cr_assert_eq(refused, len - 4); /* between entries there is no harm */
}

static void damaged(const void *from, size_t len, const char *what)
{
    char *text = unflatten(from, len);

    cr_expect_null(text, "%s: %s", what, text);
    cr_expect(!text && strstr(why.text, "g: the configuration is damaged"), "%s: %s", what,
              why.text);
    free(text);
}
#define DAMAGED(bytes, what) damaged(bytes, sizeof(bytes) - 1, what)
#define PLACE                "\1\0\0\0\1\0\0\0"

Test(flat, is_not_believed)
{
    char *text = unflatten("name\0" PLACE "\0g\0", 16);

    cr_assert_str_eq(text, "name = \"g\"\n"); /* what the others below differ from */
    free(text);
    DAMAGED("nome\0" PLACE "\0g\0", "an unknown key");
    DAMAGED("acpi\0" PLACE "\0g\0", "a key without effect");
    DAMAGED("name\0" PLACE "\0g\0name\0" PLACE "\0h\0", "a key twice");
    DAMAGED("name\0" PLACE "\0\033[2J\0", "what moves a cursor");
    DAMAGED("name\0" PLACE "\0\177\0", "what deletes a character");
    DAMAGED("name\0" PLACE "\0g", "a text without an end");
    DAMAGED("name", "a key without an end");
    DAMAGED("name\0" PLACE "\3\0\0\0\0", "a dictionary");
    DAMAGED("name\0" PLACE "\4", "None");
    DAMAGED("name\0" PLACE "\377", "no type");
    DAMAGED("memory\0" PLACE "\1\1\2\3", "half a number");
    DAMAGED("disk\0" PLACE "\2\2\0\0\0\0a\0", "a list that is not as long");
    DAMAGED("disk\0" PLACE "\2\377\377\377\377\0a\0", "a list longer than memory");
    DAMAGED("disk\0" PLACE "\2\1\0\0\0\2\0\0\0\0", "a list in a list");
}
