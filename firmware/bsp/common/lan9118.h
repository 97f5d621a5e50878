/*
 * SMSC LAN9118 family, 32-bit bus (LAN9118 datasheet, section 5.3); MPS2 boards carry
 * a LAN9220.
 *   0x00 RX_DATA      frame words, first byte lowest; the checksum comes last
 *   0x20 TX_DATA      command A, command B, frame words
 *   0x40 RX_STATUS    29-16 length with checksum, 15 error, 30 filter failed
 *   0x48 TX_STATUS    15 error
 *   0x50 ID_REV       31-16 chip
 *   0x54 IRQ_CFG      8 enable, 4 active high, 0 push-pull
 *   0x58 INT_STS      write 1 to clear          0x5C INT_EN
 *   0x64 BYTE_TEST    0x87654321 once the bus is up
 *   0x68 FIFO_INT     7-0 frames that may wait without an interrupt
 *   0x6C RX_CFG       0x70 TX_CFG               0x74 HW_CFG, 0 soft reset
 *   0x7C RX_FIFO_INF  23-16 frames that wait
 *   0x80 TX_FIFO_INF  23-16 results that wait, 15-0 bytes free
 *   0x84 PMT_CTRL     0 ready
 *   0xA4 MAC_CSR_CMD  31 busy, 30 read, 7-0 register        0xA8 MAC_CSR_DATA
 *   0xB0 E2P_CMD      31 busy: the address is still being loaded from the EEPROM
 */
#ifndef GREENRACK_LAN9118_H
#define GREENRACK_LAN9118_H

#include <stdint.h>

#include "board.h"

#define LAN_REG(offset) (*(volatile uint32_t *)(BOARD_ETHERNET_BASE + (offset)))
#define LAN_RX_DATA LAN_REG(0x00u)
#define LAN_TX_DATA LAN_REG(0x20u)
#define LAN_RX_STATUS LAN_REG(0x40u)
#define LAN_TX_STATUS LAN_REG(0x48u)
#define LAN_ID_REV LAN_REG(0x50u)
#define LAN_IRQ_CFG LAN_REG(0x54u)
#define LAN_INT_STS LAN_REG(0x58u)
#define LAN_INT_EN LAN_REG(0x5Cu)
#define LAN_BYTE_TEST LAN_REG(0x64u)
#define LAN_FIFO_INT LAN_REG(0x68u)
#define LAN_RX_CFG LAN_REG(0x6Cu)
#define LAN_TX_CFG LAN_REG(0x70u)
#define LAN_HW_CFG LAN_REG(0x74u)
#define LAN_RX_FIFO_INF LAN_REG(0x7Cu)
#define LAN_TX_FIFO_INF LAN_REG(0x80u)
#define LAN_PMT_CTRL LAN_REG(0x84u)
#define LAN_MAC_CSR_CMD LAN_REG(0xA4u)
#define LAN_MAC_CSR_DATA LAN_REG(0xA8u)
#define LAN_E2P_CMD LAN_REG(0xB0u)

#define LAN_BUSY (1u << 31)
#define LAN_MAC_READ (1u << 30)
#define LAN_INT_RX_STATUS (1u << 3)

/* Registers of the MAC, behind MAC_CSR_CMD (datasheet section 5.4). */
#define LAN_MAC_CR 1u
#define LAN_MAC_ADDRH 2u
#define LAN_MAC_ADDRL 3u
#define LAN_MAC_MII_ACC 6u
#define LAN_MAC_MII_DATA 7u

#endif
