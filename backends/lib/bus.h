/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a back-end does next, from the two states in xenstore (io/xenbus.h): the whole connection
 * protocol as one pure function, so that disks and NICs cannot differ.
 */
#ifndef BACK_BUS_H
#define BACK_BUS_H

#include <stdbool.h>

/* A node that is not there (any more) */
#define BUS_ABSENT (-1)

enum bus_action {
    BUS_WAIT,     /* nothing to do until a node changes */
    BUS_ANNOUNCE, /* drop an old connection, write the features, then InitWait */
    BUS_CONNECT,  /* the front-end's part is there: connect, then Connected */
    BUS_CLOSING,  /* say Closing and wait for the front-end's Closed */
    BUS_CLOSED,   /* disconnect, then Closed; the front-end may come back */
    BUS_LEAVE,    /* disconnect, then Closed, and end */
};

/*
 * @own, @front: the XenbusState values or BUS_ABSENT; @online: the tool-stack wants the device;
 * @connected: the ring is mapped by this process.  A process that finds Connected without being
 * so has replaced one that died, and connects again without the front-end noticing.
 */
enum bus_action bus_decide(int own, int front, bool online, bool connected);

#endif
