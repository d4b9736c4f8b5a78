/* SPDX-License-Identifier: BSD-2-Clause */
/* xenstore-ls: the tree with values and permissions, indented by level or as full paths. */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/xs_perms.h"
#include "store/tool.h"
#include "lib/xalloc.h"

/* Columns as Xen 4.17's tool sets them: permissions start behind column 60 if there is room. */
#define PERMS_COLUMN  60
#define DEFAULT_WIDTH 80

/* Columns kept for what surrounds a value; whether it fits goes by its length before escaping. */
#define CUT_ROOM 8

static unsigned int terminal_width(void)
{
    struct winsize size;

    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
        return size.ws_col;
    return DEFAULT_WIDTH;
}

/* The permissions of a node, led to by dots from column @column. */
static void show_perms(const struct tool_args *a, const char *path, unsigned int column)
{
    unsigned int n;
    struct xs_permissions *perms = xs_get_permissions(a->h, XBT_NULL, path, &n);
    char text[XS_PERM_TEXT_MAX];

    if (!perms) {
        tool_out(" (%s)", strerror(errno));
        return;
    }
    for (; !a->full && column < PERMS_COLUMN; column++)
        tool_out("%c", column & 1 ? '.' : ' ');
    for (unsigned int i = 0; i < n; i++) {
        xs_perm_print(&perms[i], text);
        tool_out("%s%s", i ? "," : "  (", text);
    }
    tool_out(")");
    free(perms);
}

/* One line; a value that is too long for the width is cut unless -f or -w. */
static void show_node(const struct tool_args *a, const char *path, const char *label,
                      unsigned int indent, unsigned int width)
{
    unsigned int len, column;
    char *value = xs_read(a->h, XBT_NULL, path, &len), *text;

    tool_out("%*s%s", a->full ? 0 : (int)indent, "", label);
    column = (a->full ? 0 : indent) + (unsigned int)strlen(label);
    if (!value) {
        tool_out(":\n");
        return;
    }
    text = tool_escape(value, len);
    if (!a->full && column + len + CUT_ROOM > width) {
        unsigned int room = width > column + CUT_ROOM ? width - column - CUT_ROOM : 0;

        tool_out(" = \"%.*s\\...\"", (int)room, text);
        column = width;
    } else {
        tool_out(" = \"%s\"%s", text, a->prefix ? " " : "");
        column += (unsigned int)strlen(text) + 6;
    }
    if (a->prefix)
        show_perms(a, path, column);
    tool_out("\n");
    free(text);
    free(value);
}

static int show_below(struct tool_args *a, const char *path, unsigned int indent,
                      unsigned int width)
{
    unsigned int n;
    char **names = xs_directory(a->h, XBT_NULL, path, &n);

    if (!names) {
        /* A node may go away while we walk; one that we were asked for has to be there. */
        if (indent && (errno == ENOENT || errno == EACCES))
            return 0;
        return tool_fail("xs_directory (%s): %s", path, strerror(errno));
    }
    for (unsigned int i = 0; i < n; i++) {
        char *child;

        if (asprintf(&child, "%s/%s", path[1] ? path : "", names[i]) < 0)
            child = xalloc_check(NULL);
        show_node(a, child, a->full ? child : names[i], indent, width);
        show_below(a, child, indent + 1, width);
        free(child);
    }
    free(names);
    return 0;
}

int tool_ls(struct tool_args *a)
{
    unsigned int width = terminal_width();
    int err = 0;

    if (!a->argc)
        return show_below(a, "/", 0, width);
    for (int i = 0; i < a->argc && !err; i++)
        err = show_below(a, a->argv[i], 0, width);
    return err;
}
