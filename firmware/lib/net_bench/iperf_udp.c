#include "iperf.h"

#define HEADER_SIZE 16u
#define REPORT_SIZE 56u
#define FLAG_REPORT 0x80000000u
#define REPORT_TRIES 10u
#define REPORT_MS 250u
#define IDLE_MS 10000u
/* In which the client may end again, because our report was lost. */
#define LINGER_MS 600u

static uint8_t datagram[IPERF_DATAGRAM_SIZE];

static void stamp(uint8_t *header, int32_t number)
{
    uint32_t now_us = stopwatch_us();
    put32(header, (uint32_t)number);
    put32(header + 4, now_us / 1000000u);
    put32(header + 8, now_us % 1000000u);
    put32(header + 12, number < 0 ? UINT32_MAX : 0u);
}

static void prepare(void)
{
    for (size_t i = 0; i < sizeof datagram; i++) {
        datagram[i] = (uint8_t)('0' + i % 10u);
    }
    memset(datagram + HEADER_SIZE, 0, 24);
    put32(datagram + HEADER_SIZE + 4, 1);
    put32(datagram + HEADER_SIZE + 8, IPERF_PORT);
}

/* Servers differ in what of the question they repeat. */
static bool is_report(struct span question, struct span answer)
{
    (void)question;
    return answer.size >= REPORT_SIZE && (get32(answer.at + HEADER_SIZE) & FLAG_REPORT) != 0u;
}

static void read_report(const uint8_t *at, struct iperf_result *reported)
{
    reported->bytes = get32(at + 24);
    reported->lost = get32(at + 36);
    reported->out_of_order = get32(at + 40);
    reported->datagrams = get32(at + 44);
    uint32_t jitter_us = get32(at + 48) * 1000000u + get32(at + 52);
    /* iperf takes the difference of two clocks for jitter, unless they agree. */
    reported->jitter_us = jitter_us < reported->us ? jitter_us : 0u;
}

enum udp_outcome iperf_udp_send(struct ip_endpoint server, uint32_t datagrams, struct iperf_result *reported)
{
    struct span report;
    *reported = (struct iperf_result){ 0 };
    prepare();
    net_udp_open(0);
    uint32_t begun_us = stopwatch_us();
    for (uint32_t i = 1; i <= datagrams; i++) {
        stamp(datagram, (int32_t)i);
        /* Not sent is lost, as the report will say. */
        (void)net_udp_send(server, (struct span){ datagram, sizeof datagram });
    }
    reported->us = stopwatch_us() - begun_us;
    stamp(datagram, -(int32_t)datagrams);
    enum udp_outcome outcome = net_udp_ask(&(struct udp_question){
        .server = server, .payload = { datagram, sizeof datagram }, .tries = REPORT_TRIES, .wait_ms = REPORT_MS, .accepts = is_report,
    }, &report);
    if (outcome == UDP_ANSWERED) {
        read_report(report.at, reported);
    }
    return outcome;
}

/* One client's datagrams as they come. */
struct count {
    uint32_t next;
    uint32_t transit_us;
    bool has_transit;
};

/* RFC 1889, 6.3.1: how much the time on the way differs from one datagram to the next, smoothed. */
static void note_transit(struct count *count, const uint8_t *header, struct iperf_result *received)
{
    uint32_t transit_us = stopwatch_us() - (get32(header + 4) * 1000000u + get32(header + 8));
    int32_t change = (int32_t)(transit_us - count->transit_us);
    uint32_t size = (uint32_t)(change < 0 ? -change : change);
    if (count->has_transit) {
        received->jitter_us = (uint32_t)((int32_t)received->jitter_us + ((int32_t)size - (int32_t)received->jitter_us) / 16);
    }
    count->has_transit = true;
    count->transit_us = transit_us;
}

static void note_datagram(struct count *count, struct span payload, struct iperf_result *received)
{
    uint32_t number = get32(payload.at);
    received->datagrams++;
    received->bytes += (uint32_t)payload.size;
    if (number >= count->next) {
        received->lost += number - count->next;
        count->next = number + 1u;
    } else if (number > 0u) {
        received->out_of_order++;
        received->lost -= received->lost > 0u ? 1u : 0u;
    }
    note_transit(count, payload.at, received);
}

static void write_report(uint8_t *report, const struct iperf_result *received)
{
    memset(report + HEADER_SIZE, 0, REPORT_SIZE - HEADER_SIZE);
    put32(report + 16, FLAG_REPORT);
    put32(report + 24, received->bytes);
    put32(report + 28, received->us / 1000000u);
    put32(report + 32, received->us % 1000000u);
    put32(report + 36, received->lost);
    put32(report + 40, received->out_of_order);
    put32(report + 44, received->datagrams);
    put32(report + 48, received->jitter_us / 1000000u);
    put32(report + 52, received->jitter_us % 1000000u);
}

static bool is_end(const struct udp_datagram *taken) { return (int32_t)get32(taken->payload.at) < 0; }

static void answer_ends(struct udp_datagram *end, const struct iperf_result *received)
{
    uint8_t report[REPORT_SIZE];
    struct deadline until = deadline_in_ms(LINGER_MS);
    enum udp_outcome outcome = UDP_ANSWERED;
    while (outcome == UDP_ANSWERED) {
        if (end->payload.size >= REPORT_SIZE && is_end(end)) {
            memcpy(report, end->payload.at, HEADER_SIZE);
            write_report(report, received);
            (void)net_udp_send(end->from, (struct span){ report, sizeof report });
        }
        outcome = net_udp_receive(end, until);
    }
}

enum udp_outcome iperf_udp_serve(struct deadline until, struct iperf_result *received)
{
    struct udp_datagram taken;
    struct count count = { .next = 1 };
    uint32_t begun_us = 0;
    *received = (struct iperf_result){ 0 };
    enum udp_outcome outcome = net_udp_receive(&taken, until);
    while (outcome == UDP_ANSWERED && (taken.payload.size < HEADER_SIZE || !is_end(&taken))) {
        begun_us = received->datagrams == 0u ? stopwatch_us() : begun_us;
        if (taken.payload.size >= HEADER_SIZE) {
            note_datagram(&count, taken.payload, received);
            received->us = stopwatch_us() - begun_us;
        }
        outcome = net_udp_receive(&taken, deadline_in_ms(IDLE_MS));
    }
    if (outcome == UDP_ANSWERED) {
        answer_ends(&taken, received);
    }
    return outcome;
}
