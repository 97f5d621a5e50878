#include "link.h"

#define TYPES_MAX 4u

const uint8_t LINK_BROADCAST[ETHERNET_ADDRESS_SIZE] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };

static struct {
    uint16_t type;
    link_handler handler;
} listeners[TYPES_MAX];

static uint8_t received[ETHERNET_FRAME_MAX];
static uint8_t sent[ETHERNET_FRAME_MAX];

void link_listen(uint16_t type, link_handler handler)
{
    for (size_t i = 0; i < TYPES_MAX; i++) {
        if (listeners[i].handler == NULL || listeners[i].type == type) {
            listeners[i].type = type;
            listeners[i].handler = handler;
            return;
        }
    }
}

/* Returns the size of the frame, 0 when the parts do not fit. */
static size_t compose(const struct link_output *output)
{
    size_t size = ETHERNET_HEADER_SIZE;
    memcpy(sent, output->destination, ETHERNET_ADDRESS_SIZE);
    memcpy(sent + 6, ethernet_address(), ETHERNET_ADDRESS_SIZE);
    put16(sent + 12, output->type);
    for (size_t i = 0; i < output->count; i++) {
        struct span part = output->parts[i];
        if (part.size > sizeof sent - size) {
            return 0;
        }
        if (part.size > 0u) {
            memcpy(sent + size, part.at, part.size);
        }
        size += part.size;
    }
    return size;
}

bool link_send(const struct link_output *output)
{
    size_t size = compose(output);
    if (size == 0u) {
        return false;
    }
    if (size < ETHERNET_FRAME_MIN) {
        memset(sent + size, 0, ETHERNET_FRAME_MIN - size);
        size = ETHERNET_FRAME_MIN;
    }
    return ethernet_send(sent, size);
}

static void dispatch(size_t size)
{
    struct link_frame frame = {
        .destination = received,
        .source = received + 6,
        .payload = { received + ETHERNET_HEADER_SIZE, size - ETHERNET_HEADER_SIZE },
    };
    uint16_t type = get16(received + 12);
    for (size_t i = 0; i < TYPES_MAX; i++) {
        if (listeners[i].handler != NULL && listeners[i].type == type) {
            listeners[i].handler(&frame);
        }
    }
}

void link_wait(struct deadline until)
{
    size_t size = ethernet_receive(received);
    if (size == 0u) {
        ethernet_wait_ms(deadline_left_ms(until));
        size = ethernet_receive(received);
    }
    if (size > 0u) {
        dispatch(size);
    }
}
