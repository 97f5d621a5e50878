#include "net_checks.h"

const char *udp_outcome_text(enum udp_outcome outcome)
{
    static const char *const texts[] = {
        [UDP_ANSWERED] = "UDP: an answer came",
        [UDP_SILENT] = "UDP: no answer came",
        [UDP_REFUSED] = "UDP: the port is closed, says ICMP",
    };
    return texts[outcome];
}

const char *tcp_outcome_text(enum tcp_outcome outcome)
{
    static const char *const texts[] = {
        [TCP_OK] = "TCP: the other side took part",
        [TCP_ENDED] = "TCP: the other side ended the connection",
        [TCP_REFUSED] = "TCP: the connection was refused",
        [TCP_RESET] = "TCP: the connection was reset",
        [TCP_SILENT] = "TCP: the other side is silent",
    };
    return texts[outcome];
}
