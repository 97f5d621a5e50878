#include "ctp.h"

#define TYPE_CTP 0x9000u
#define FORWARD 2u
#define REPLY 1u
#define FORWARD_SIZE 8u
#define RECEIPT_AT 12u
#define DATA_AT 14u
#define MESSAGE_SIZE 64u

const uint8_t CTP_ASSISTANTS[ETHERNET_ADDRESS_SIZE] = { 0xCF, 0, 0, 0, 0, 0 };

static uint8_t expected[MESSAGE_SIZE];
static uint8_t answered_by[ETHERNET_ADDRESS_SIZE];
static bool answered;

const uint8_t *ctp_answered_by(void) { return answered_by; }

static void put16_low_first(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void compose(uint8_t message[MESSAGE_SIZE], const struct ctp_question *question)
{
    put16_low_first(message, question->skip);
    put16_low_first(message + 2, FORWARD);
    memcpy(message + 4, ethernet_address(), ETHERNET_ADDRESS_SIZE);
    put16_low_first(message + 10, REPLY);
    put16_low_first(message + RECEIPT_AT, question->receipt);
    for (size_t i = DATA_AT; i < MESSAGE_SIZE; i++) {
        message[i] = (uint8_t)(question->receipt + i);
    }
}

/* All but the skip count comes back as it was, receipt number and data included. */
static void receive(const struct link_frame *frame)
{
    struct span message = span_first(frame->payload, MESSAGE_SIZE);
    bool to_us = memcmp(frame->destination, ethernet_address(), ETHERNET_ADDRESS_SIZE) == 0;
    if (to_us && span_equal(message, (struct span){ expected, sizeof expected })) {
        memcpy(answered_by, frame->source, sizeof answered_by);
        answered = true;
    }
}

bool ctp_ask(const struct ctp_question *question)
{
    uint8_t message[MESSAGE_SIZE];
    compose(message, question);
    memcpy(expected, message, sizeof expected);
    put16_low_first(expected, (uint16_t)(question->skip + FORWARD_SIZE));
    answered = false;
    link_listen(TYPE_CTP, receive);
    for (unsigned i = 0; i < question->tries && !answered; i++) {
        struct deadline until = deadline_in_ms(question->wait_ms);
        (void)link_send(question->destination, TYPE_CTP, (struct span){ message, sizeof message });
        while (!answered && !deadline_passed(until)) {
            link_wait(until);
        }
    }
    return answered;
}
