/*
 * 0 id | 2 flags: 15 answer, 3-0 result | 4 questions | 6 answers | 8 authorities
 * 10 additional | 12 question: name, type, class
 * then records: name, type, class, 4 bytes time to live, size, data
 * A name is labels of 1 size byte each, up to a 0, or ends in a two-byte pointer (0xC0).
 */
#include "dns.h"

#include "ports.h"
#include "udp.h"

#define PORT_DNS 53u
#define TRIES 3u
#define ANSWER_MS 1000u
#define HEADER_SIZE 12u
#define QUESTION_TAIL 4u
#define RECORD_FIXED 10u
#define NAME_MAX 200u
#define LABEL_MAX 63u
#define POINTER 0xC0u
#define FLAG_ANSWER 0x8000u
#define RECURSION_DESIRED 0x0100u
#define RESULT_NO_SUCH_NAME 3u
#define TYPE_A 1u
#define CLASS_IN 1u

/* Writes the name as labels; the number of bytes, 0 when it is not a name. */
static size_t write_name(uint8_t *at, const char *name)
{
    size_t written = 0;
    while (*name != '\0') {
        size_t label = strcspn(name, ".");
        if (label == 0u || label > LABEL_MAX || written + label + 1u > NAME_MAX) {
            return 0;
        }
        at[written] = (uint8_t)label;
        memcpy(at + written + 1u, name, label);
        written += label + 1u;
        name += label + (name[label] == '.' ? 1u : 0u);
    }
    at[written] = 0;
    return written > 0u ? written + 1u : 0u;
}

static size_t compose(uint8_t *message, const char *name)
{
    memset(message, 0, HEADER_SIZE);
    put16(message, (uint16_t)ports_random());
    put16(message + 2, RECURSION_DESIRED);
    put16(message + 4, 1);
    size_t size = write_name(message + HEADER_SIZE, name);
    put16(message + HEADER_SIZE + size, TYPE_A);
    put16(message + HEADER_SIZE + size + 2u, CLASS_IN);
    return size > 0u ? HEADER_SIZE + size + QUESTION_TAIL : 0u;
}

/* The same id, and our question word for word. */
static bool belongs(struct span question, struct span answer)
{
    if (answer.size < question.size || get16(answer.at) != get16(question.at)) {
        return false;
    }
    struct span repeated = span_first(span_after(answer, HEADER_SIZE), question.size - HEADER_SIZE);
    return (get16(answer.at + 2) & FLAG_ANSWER) != 0u && get16(answer.at + 4) == 1u &&
           span_equal(repeated, span_after(question, HEADER_SIZE));
}

/* What follows the name at the start; empty when it does not end. Pointers are not
   followed: nobody needs the names of the records. */
static struct span after_name(struct span bytes)
{
    while (bytes.size > 0u && bytes.at[0] != 0u) {
        if ((bytes.at[0] & POINTER) != 0u) {
            return span_after(bytes, 2);
        }
        bytes = span_after(bytes, 1u + bytes.at[0]);
    }
    return span_after(bytes, 1);
}

static enum dns_outcome first_address(struct span records, unsigned count, uint32_t *address)
{
    for (; count > 0u; count--) {
        struct span record = after_name(records);
        if (record.size < RECORD_FIXED) {
            return DNS_NO_ADDRESS;
        }
        size_t size = get16(record.at + 8);
        struct span data = span_first(span_after(record, RECORD_FIXED), size);
        if (get16(record.at) == TYPE_A && get16(record.at + 2) == CLASS_IN && size == 4u && data.size == 4u) {
            *address = get32(data.at);
            return DNS_FOUND;
        }
        records = span_after(record, RECORD_FIXED + size);
    }
    return DNS_NO_ADDRESS;
}

static enum dns_outcome read_answer(struct span question, struct span answer, uint32_t *address)
{
    unsigned result = get16(answer.at + 2) & 0x0Fu;
    if (result != 0u) {
        return result == RESULT_NO_SUCH_NAME ? DNS_NO_SUCH_NAME : DNS_NO_ADDRESS;
    }
    return first_address(span_after(answer, question.size), get16(answer.at + 6), address);
}

enum dns_outcome dns_lookup(const char *name, uint32_t *address)
{
    uint8_t message[HEADER_SIZE + NAME_MAX + 1u + QUESTION_TAIL];
    struct udp_question question = {
        .server = { ip_config.name_server, PORT_DNS },
        .payload = { message, compose(message, name) },
        .tries = TRIES,
        .wait_ms = ANSWER_MS,
        .accepts = belongs,
    };
    struct span answer;
    if (question.payload.size == 0u) {
        return DNS_NO_ADDRESS;
    }
    udp_open(0);
    return udp_ask(&question, &answer) == UDP_ANSWERED ? read_answer(question.payload, answer, address) : DNS_SILENT;
}
