/* Bringing the controller up: reset, station address, link, then both directions on. */
#include "clock.h"
#include "deadline.h"
#include "ethernet.h"
#include "lan9118.h"

/* Locally administered; used when the controller's EEPROM gives none. */
#ifndef ETHERNET_DEFAULT_ADDRESS
#define ETHERNET_DEFAULT_ADDRESS { 0x02u, 0x47u, 0x52u, 0x00u, 0x00u, 0x01u }
#endif

#define RESET_MS 500u
#define REGISTER_MS 10u
#define LINK_MS 3000u
#define LINK_POLL_MS 10u

#define SOFT_RESET 1u
#define PMT_READY 1u
/* Bit 20 "must be one"; 5 KB of the memory for sending. */
#define HW_CFG_DEFAULT 0x00150000u
#define TX_ON 2u
#define IRQ_ON_ACTIVE_HIGH 0x111u
#define MAC_FULL_DUPLEX (1u << 20)
#define MAC_SEND_AND_RECEIVE 0x0Cu

/* The internal transceiver, IEEE 802.3 clause 22. */
#define PHY_ADDRESS (1u << 11)
#define MII_WRITE 2u
#define MII_BUSY 1u
#define PHY_CONTROL 0u
#define PHY_STATUS 1u
#define PHY_ADVERTISED 4u
#define PHY_PARTNER 5u
#define PHY_RESTART_NEGOTIATION 0x1200u
#define PHY_LINK_UP 0x0004u
#define PHY_ALL_MODES 0x01E1u
#define PHY_100_FULL 0x0100u
#define PHY_100_HALF 0x0080u
#define PHY_10_FULL 0x0040u

static uint8_t station[ETHERNET_ADDRESS_SIZE];

const uint8_t *ethernet_address(void) { return station; }

/* Reads again until the masked bits are as wanted. */
static bool becomes(volatile uint32_t *reg, uint32_t mask, uint32_t wanted)
{
    struct deadline until = deadline_in_ms(RESET_MS);
    while ((*reg & mask) != wanted) {
        if (deadline_passed(until)) {
            return false;
        }
    }
    return true;
}

static uint32_t mac_read(uint32_t index)
{
    LAN_MAC_CSR_CMD = LAN_BUSY | LAN_MAC_READ | index;
    return becomes(&LAN_MAC_CSR_CMD, LAN_BUSY, 0) ? LAN_MAC_CSR_DATA : 0;
}

static void mac_write(uint32_t index, uint32_t value)
{
    LAN_MAC_CSR_DATA = value;
    LAN_MAC_CSR_CMD = LAN_BUSY | index;
    (void)becomes(&LAN_MAC_CSR_CMD, LAN_BUSY, 0);
}

static void wait_for_phy(void)
{
    struct deadline until = deadline_in_ms(REGISTER_MS);
    while ((mac_read(LAN_MAC_MII_ACC) & MII_BUSY) != 0u && !deadline_passed(until)) {
    }
}

static uint32_t phy_read(uint32_t index)
{
    mac_write(LAN_MAC_MII_ACC, PHY_ADDRESS | (index << 6) | MII_BUSY);
    wait_for_phy();
    return mac_read(LAN_MAC_MII_DATA);
}

static void phy_write(uint32_t index, uint32_t value)
{
    mac_write(LAN_MAC_MII_DATA, value);
    mac_write(LAN_MAC_MII_ACC, PHY_ADDRESS | (index << 6) | MII_WRITE | MII_BUSY);
    wait_for_phy();
}

static bool reset(void)
{
    if (!becomes(&LAN_BYTE_TEST, 0xFFFFFFFFu, 0x87654321u) || !becomes(&LAN_PMT_CTRL, PMT_READY, PMT_READY)) {
        return false;
    }
    LAN_HW_CFG = SOFT_RESET;
    if (!becomes(&LAN_HW_CFG, SOFT_RESET, 0)) {
        return false;
    }
    LAN_HW_CFG = HW_CFG_DEFAULT;
    return becomes(&LAN_E2P_CMD, LAN_BUSY, 0);
}

static bool is_station_address(uint64_t address) { return address != 0u && (address & 1u) == 0u; }

static void choose_address(void)
{
    static const uint8_t fallback[] = ETHERNET_DEFAULT_ADDRESS;
    uint64_t given = mac_read(LAN_MAC_ADDRL) | ((uint64_t)(mac_read(LAN_MAC_ADDRH) & 0xFFFFu) << 32);
    uint64_t used = is_station_address(given) ? given : 0u;
    for (unsigned i = 0; i < sizeof fallback; i++) {
        station[i] = used != 0u ? (uint8_t)(used >> (8u * i)) : fallback[i];
    }
    mac_write(LAN_MAC_ADDRL, station[0] | ((uint32_t)station[1] << 8) | ((uint32_t)station[2] << 16) |
                                 ((uint32_t)station[3] << 24));
    mac_write(LAN_MAC_ADDRH, station[4] | ((uint32_t)station[5] << 8));
}

/* Twice: the bit remembers a link that was lost until it was read. */
static bool link_is_up(void)
{
    (void)phy_read(PHY_STATUS);
    return (phy_read(PHY_STATUS) & PHY_LINK_UP) != 0u;
}

static bool link_comes_up(void)
{
    struct deadline until = deadline_in_ms(LINK_MS);
    phy_write(PHY_ADVERTISED, PHY_ALL_MODES);
    phy_write(PHY_CONTROL, PHY_RESTART_NEGOTIATION);
    while (!link_is_up()) {
        if (deadline_passed(until)) {
            return false;
        }
        clock_sleep_ms(LINK_POLL_MS);
    }
    return true;
}

static uint32_t duplex_mode(void)
{
    uint32_t common = phy_read(PHY_ADVERTISED) & phy_read(PHY_PARTNER);
    bool full = (common & PHY_100_FULL) != 0u || (common & (PHY_100_HALF | PHY_10_FULL)) == PHY_10_FULL;
    return full ? MAC_FULL_DUPLEX : 0u;
}

static void start(void)
{
    LAN_FIFO_INT = 0;
    LAN_RX_CFG = 0;
    LAN_TX_CFG = TX_ON;
    LAN_IRQ_CFG = IRQ_ON_ACTIVE_HIGH;
    LAN_INT_EN = LAN_INT_RX_STATUS;
    mac_write(LAN_MAC_CR, duplex_mode() | MAC_SEND_AND_RECEIVE);
}

const char *ethernet_open(void)
{
    if (!reset()) {
        return "the Ethernet controller does not answer";
    }
    choose_address();
    if (!link_comes_up()) {
        return "the Ethernet link is down";
    }
    start();
    return NULL;
}
