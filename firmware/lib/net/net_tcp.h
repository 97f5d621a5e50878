/* TCP: one connection at a time, made or taken, with calls that wait. */
#ifndef GREENRACK_NET_TCP_H
#define GREENRACK_NET_TCP_H

#include "deadline.h"
#include "ip.h"
#include "span.h"

enum tcp_outcome {
    TCP_OK,
    /* The other side has sent all it had to send. */
    TCP_ENDED,
    /* A reset answered our first segment: nobody listens there. */
    TCP_REFUSED,
    /* A reset ended the connection. */
    TCP_RESET,
    /* Nothing came before the deadline, or after the last try. */
    TCP_SILENT,
};

/* Room for what is received, and how much of it was filled. */
struct tcp_buffer {
    uint8_t *at;
    size_t room;
    size_t filled;
};

/* Resets the connection before, if any. Gives up after 3.5 s. */
enum tcp_outcome net_tcp_connect(struct ip_endpoint to);
/* From now on connections to this port are taken, one at a time: others are reset meanwhile. False when there is no memory. */
bool net_tcp_listen(uint16_t port);
/* Returns when somebody has connected, perhaps before the call. */
enum tcp_outcome net_tcp_accept(struct deadline until);
/* Returns when everything is on its way; what is lost is sent again while another call waits. Gives up as net_tcp_send does. */
enum tcp_outcome net_tcp_write(struct span bytes);
/* Returns when the other side has acknowledged everything; gives up after 9 s without
   any progress. What arrives in the meantime is kept, up to the window. */
enum tcp_outcome net_tcp_send(struct span bytes);
/* At least one byte with TCP_OK, none otherwise. */
enum tcp_outcome net_tcp_receive(struct tcp_buffer *into, struct deadline until);
/* Fills the whole room. */
enum tcp_outcome net_tcp_receive_all(struct tcp_buffer *into, struct deadline until);
/* TCP_OK when both sides have said and heard that it is over. Data that still comes is dropped. */
enum tcp_outcome net_tcp_close(void);
/* Resets the connection, for a peer that never ends. */
void net_tcp_abort(void);

#endif
