/*
 * Mbed TLS: its self-tests, and what it costs. Both ends of each connection are this board, with records handed over in
 * memory and random numbers from a fixed seed, so that a board that counts instructions gives the same numbers each time.
 */
#include <stdbool.h>
#include <string.h>

#include "cost.h"
#include "greentea.h"
#include "mbedtls/aes.h"
#include "mbedtls/certs.h"
#include "mbedtls/ctr_drbg.h"
#include "mbedtls/ecp.h"
#include "mbedtls/gcm.h"
#include "mbedtls/sha256.h"
#include "mbedtls/ssl.h"

#define KIB 1024u
#define BULK (64u * KIB)
#define CARRIED (32u * KIB)
#define RECORD 2048u
#define PIPE_SIZE 4096u

/* What one end has written and the other not read. */
struct pipe {
    uint8_t bytes[PIPE_SIZE];
    size_t size;
};

struct end {
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config config;
    struct pipe *in;
    struct pipe *out;
};

static mbedtls_ctr_drbg_context drbg;
static mbedtls_x509_crt authority;
static mbedtls_x509_crt certificate;
static mbedtls_pk_context key;
static struct pipe to_server;
static struct pipe to_client;
static struct end client;
static struct end server;
static uint8_t bytes[RECORD];
static uint8_t back[RECORD];

static void passes_its_own_tests(void)
{
    CHECK_EQUAL(0, mbedtls_sha256_self_test(0));
    CHECK_EQUAL(0, mbedtls_aes_self_test(0));
    CHECK_EQUAL(0, mbedtls_gcm_self_test(0));
    CHECK_EQUAL(0, mbedtls_ctr_drbg_self_test(0));
    CHECK_EQUAL(0, mbedtls_mpi_self_test(0));
    CHECK_EQUAL(0, mbedtls_ecp_self_test(0));
}

static void bulk(void)
{
    uint8_t digest[32];
    mbedtls_gcm_context gcm;
    cost_open();
    cost_begin();
    for (size_t done = 0; done < BULK; done += RECORD) {
        CHECK_EQUAL(0, mbedtls_sha256_ret(bytes, RECORD, digest, 0));
    }
    cost_report_bytes("tls.sha256", cost_end(), BULK);
    mbedtls_gcm_init(&gcm);
    CHECK_EQUAL(0, mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, digest, 128));
    cost_begin();
    for (size_t done = 0; done < BULK; done += RECORD) {
        CHECK_EQUAL(0, mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, RECORD, digest, 12, NULL, 0, bytes, back, 16, digest + 16));
    }
    cost_report_bytes("tls.aes-128-gcm", cost_end(), BULK);
    mbedtls_gcm_free(&gcm);
}

/* Always the same: for measuring, and for nothing else. */
static int no_entropy(void *context, unsigned char *out, size_t size)
{
    (void)context;
    memset(out, 0x47, size);
    return 0;
}

static int send_record(void *context, const unsigned char *from, size_t size)
{
    struct pipe *pipe = ((struct end *)context)->out;
    size_t room = PIPE_SIZE - pipe->size;
    size_t part = size < room ? size : room;
    if (part == 0u) {
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    }
    memcpy(pipe->bytes + pipe->size, from, part);
    pipe->size += part;
    return (int)part;
}

static int receive_record(void *context, unsigned char *into, size_t size)
{
    struct pipe *pipe = ((struct end *)context)->in;
    size_t part = size < pipe->size ? size : pipe->size;
    if (part == 0u) {
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    memcpy(into, pipe->bytes, part);
    pipe->size -= part;
    memmove(pipe->bytes, pipe->bytes + part, pipe->size);
    return (int)part;
}

static void open_end(struct end *end, int role)
{
    mbedtls_ssl_init(&end->ssl);
    mbedtls_ssl_config_init(&end->config);
    CHECK_EQUAL(0, mbedtls_ssl_config_defaults(&end->config, role, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT));
    mbedtls_ssl_conf_rng(&end->config, mbedtls_ctr_drbg_random, &drbg);
    if (role == MBEDTLS_SSL_IS_SERVER) {
        CHECK_EQUAL(0, mbedtls_ssl_conf_own_cert(&end->config, &certificate, &key));
    } else {
        mbedtls_ssl_conf_authmode(&end->config, MBEDTLS_SSL_VERIFY_REQUIRED);
        mbedtls_ssl_conf_ca_chain(&end->config, &authority, NULL);
    }
    CHECK_EQUAL(0, mbedtls_ssl_setup(&end->ssl, &end->config));
    mbedtls_ssl_set_bio(&end->ssl, end, send_record, receive_record, NULL);
}

static void prepare(void)
{
    static const unsigned char personal[] = "greenrack";
    mbedtls_ctr_drbg_init(&drbg);
    CHECK_EQUAL(0, mbedtls_ctr_drbg_seed(&drbg, no_entropy, NULL, personal, sizeof personal));
    mbedtls_x509_crt_init(&authority);
    mbedtls_x509_crt_init(&certificate);
    mbedtls_pk_init(&key);
    CHECK_EQUAL(0, mbedtls_x509_crt_parse(&authority, mbedtls_test_ca_crt_ec_der, mbedtls_test_ca_crt_ec_der_len));
    CHECK_EQUAL(0, mbedtls_x509_crt_parse(&certificate, mbedtls_test_srv_crt_ec_der, mbedtls_test_srv_crt_ec_der_len));
    CHECK_EQUAL(0, mbedtls_pk_parse_key(&key, mbedtls_test_srv_key_ec_der, mbedtls_test_srv_key_ec_der_len, NULL, 0));
    client.out = server.in = &to_server;
    server.out = client.in = &to_client;
    open_end(&client, MBEDTLS_SSL_IS_CLIENT);
    CHECK_EQUAL(0, mbedtls_ssl_set_hostname(&client.ssl, "localhost"));
    open_end(&server, MBEDTLS_SSL_IS_SERVER);
}

/* Whether this end is through. */
static bool goes_on(struct end *end)
{
    int result = mbedtls_ssl_handshake(&end->ssl);
    CHECK(result == 0 || result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE);
    return result == 0;
}

static void shakes_hands(void)
{
    prepare();
    cost_begin();
    bool client_done = false;
    bool server_done = false;
    for (unsigned i = 0; i < 100u && !(client_done && server_done); i++) {
        client_done = client_done || goes_on(&client);
        server_done = server_done || goes_on(&server);
    }
    uint32_t cost = cost_end();
    CHECK(client_done && server_done);
    kv_send("tls_suite", mbedtls_ssl_get_ciphersuite(&client.ssl));
    cost_report("tls.handshake", cost, 1);
}

static void carries(void)
{
    CHECK(client.ssl.state == MBEDTLS_SSL_HANDSHAKE_OVER);
    cost_begin();
    for (size_t done = 0; done < CARRIED; done += RECORD) {
        bytes[0] = (uint8_t)(done / RECORD);
        CHECK_EQUAL(RECORD, mbedtls_ssl_write(&client.ssl, bytes, RECORD));
        CHECK_EQUAL(RECORD, mbedtls_ssl_read(&server.ssl, back, RECORD));
    }
    cost_report_bytes("tls.record", cost_end(), CARRIED);
    CHECK(memcmp(bytes, back, RECORD) == 0);
}

static const struct test_case cases[] = {
    { "Mbed TLS passes its own tests", passes_its_own_tests },
    { "digests and ciphers", bulk },
    { "a handshake, both ends", shakes_hands },
    { "records, both ends", carries },
};

int main(void)
{
    suite_run(&(struct test_suite){ 120, "default_auto", cases, CASE_COUNT(cases) });
}
