/* SPDX-License-Identifier: BSD-2-Clause */
/* The listing of keys and the manual page: all that the tables hold, and the options of devices. */
#include <ctype.h>

#include "conf/disk.h"
#include "conf/schema.h"
#include "conf/vfb.h"
#include "conf/vif.h"
#include "checked.h"

static char *printed(void (*print)(FILE *))
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    print(out);
    fclose(out);
    return text;
}

/* True if the word stands in the text, with no letter beside it. */
static bool has_word(const char *text, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = text; (at = strstr(at, word)); at++)
        if ((at == text || (!isalnum(at[-1]) && at[-1] != '_')) && !isalnum(at[len]) &&
            at[len] != '_')
            return true;
    return false;
}

Test(manual, has_every_key)
{
    char *manual = printed(schema_manual), *list = printed(schema_list);

    for (size_t i = 0; schema_get(i); i++) {
        cr_expect(has_word(manual, schema_get(i)->name), "%s", schema_get(i)->name);
        cr_expect(has_word(list, schema_get(i)->name), "%s", schema_get(i)->name);
    }
    free(manual);
    free(list);
}

/* Text must not become a request: a line that begins with a quote or an unknown macro is lost. */
Test(manual, is_roff)
{
    char *manual = printed(schema_manual), *rest = manual;

    for (char *line; (line = strsep(&rest, "\n"));) {
        cr_expect_neq(line[0], '\'', "%s", line);
        cr_expect_eq(strchr(line, '\t'), NULL, "%s", line);
        if (line[0] == '.' && line[1])
            cr_expect(strncmp(line, ".SS ", 4) == 0 || strcmp(line, ".TP") == 0 ||
                          strncmp(line, ".BI ", 4) == 0,
                      "%s", line);
    }
    free(manual);
}

/* The hand-written part of the page; roff's "\-" as a plain '-'. */
static char *read_page(void)
{
    FILE *in = fopen("../../../dom0-tools/conf/xm.cfg.5.in", "re");
    char *text = NULL, *to;
    size_t cap = 0;

    cr_assert_not_null(in);
    cr_assert_gt(getdelim(&text, &cap, '\0', in), 0);
    fclose(in);
    to = text;
    for (const char *from = text; *from; from++)
        if (*from != '\\' || from[1] != '-')
            *to++ = *from;
    *to = '\0';
    return text;
}

Test(manual, has_every_option_of_a_device)
{
    static const char *const disks[] = {
        "cdrom",      "devtype=cdrom",     "format=raw",  "script=block-x", "discard",
        "no-discard", "trusted",           "untrusted",   "direct-io-safe", "backendtype=phy",
        "backend=0",  "specification=xen", "format=qcow", "format=qcow2",   "format=qed",
        "format=vhd", "format=vhdx",       "format=vmdk"};
    static const char *const vifs[] = {"mac=00:16:3e:00:00:01",
                                       "bridge=x",
                                       "ip=1.2.3.4",
                                       "script=x",
                                       "vifname=x",
                                       "rate=1Mb/s",
                                       "gatewaydev=x",
                                       "netdev=x",
                                       "mtu=1500",
                                       "devid=1",
                                       "backend=0",
                                       "type=vif",
                                       "model=x",
                                       "accel=0",
                                       "uuid=x",
                                       "vlan=1",
                                       "trusted",
                                       "untrusted"};
    static const char *const vfbs[] = {"vnc=1",       "vnclisten=0.0.0.0", "vncdisplay=1",
                                       "vncunused=1", "vncpasswd=x",       "keymap=de",
                                       "videoram=4"};
    char *page = read_page(), text[128], word[32];
    struct disk_spec disk;
    struct vif_spec vif;
    struct vfb_spec vfb;

    for (size_t i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
        snprintf(text, sizeof(text), "%s, vdev=xvda, target=/a", disks[i]);
        cr_expect_eq(disk_spec_parse(text, &disk, &why), 0, "%s: %s", text, why.text);
        disk_free(&disk);
        cr_expect(has_word(page, strncmp(disks[i], "format=", 7) ? disks[i] : disks[i] + 7) ||
                      (sscanf(disks[i], "%31[a-z]", word) == 1 && has_word(page, word)),
                  "%s", disks[i]);
    }
    for (size_t i = 0; i < sizeof(vifs) / sizeof(vifs[0]); i++) {
        cr_expect_eq(vif_parse(vifs[i], &vif, &why), 0, "%s: %s", vifs[i], why.text);
        vif_free(&vif);
        cr_expect(sscanf(vifs[i], "%31[a-z]", word) == 1 && has_word(page, word), "%s", vifs[i]);
    }
    for (size_t i = 0; i < sizeof(vfbs) / sizeof(vfbs[0]); i++) {
        cr_expect_eq(vfb_parse(vfbs[i], &vfb, &why), 0, "%s: %s", vfbs[i], why.text);
        vfb_free(&vfb);
        cr_expect(sscanf(vfbs[i], "%31[a-z]", word) == 1 && has_word(page, word), "%s", vfbs[i]);
    }
    free(page);
}
