/* Checks of a test case that talk of the network; each leaves the case when it fails. */
#ifndef GREENRACK_NET_CHECKS_H
#define GREENRACK_NET_CHECKS_H

#include "greentea.h"
#include "net.h"
#include "net_tcp.h"
#include "net_udp.h"

const char *udp_outcome_text(enum udp_outcome outcome);
const char *tcp_outcome_text(enum tcp_outcome outcome);

#define REQUIRE_NETWORK()                \
    do {                                 \
        const char *missing_ = net_up(); \
        if (missing_ != NULL) {          \
            FAIL(missing_);              \
        }                                \
    } while (0)

#define CHECK_UDP(expected, call)               \
    do {                                        \
        enum udp_outcome udp_ = (call);         \
        if (udp_ != (expected)) {               \
            FAIL(udp_outcome_text(udp_));       \
        }                                       \
    } while (0)

#define CHECK_TCP(expected, call)               \
    do {                                        \
        enum tcp_outcome tcp_ = (call);         \
        if (tcp_ != (expected)) {               \
            FAIL(tcp_outcome_text(tcp_));       \
        }                                       \
    } while (0)

#endif
