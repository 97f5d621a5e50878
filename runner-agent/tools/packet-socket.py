"""Carries Ethernet loopback frames between a network card and a parent that has no packet sockets.

usage: packet-socket.py INTERFACE
stdin, stdout: frames without FCS, each behind its length (4 bytes, big endian); the first on stdout is the card's address.
Ends when stdin ends. What is wrong is one line on stderr.
"""
import errno
import os
import select
import socket
import struct
import sys

ETHER_TYPE = 0x9000
LENGTH = struct.Struct(">I")
MAX_FRAME = 1514
READ_BYTES = 65536
# linux/if_packet.h
SOL_PACKET = 263
PACKET_ADD_MEMBERSHIP = 1
PACKET_MR_MULTICAST = 0
PACKET_OUTGOING = 4
# The group of stations that loop frames back.
ASSISTANTS = bytes.fromhex("cf0000000000")


def open_card(interface):
    card = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHER_TYPE))
    card.bind((interface, ETHER_TYPE))
    group = struct.pack(
        "iHH8s", socket.if_nametoindex(interface), PACKET_MR_MULTICAST, len(ASSISTANTS), ASSISTANTS
    )
    card.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, group)
    return card


def tell(frame):
    rest = memoryview(LENGTH.pack(len(frame)) + frame)
    while rest:
        rest = rest[os.write(1, rest):]


def receive(card, interface):
    try:
        frame, address = card.recvfrom(MAX_FRAME + 1)
    except OSError as error:
        if error.errno != errno.ENETDOWN:
            raise
        # Switched off, it may be switched on again; a card that was taken out is another one when it is back.
        socket.if_nametoindex(interface)
        return
    if address[2] != PACKET_OUTGOING and len(frame) <= MAX_FRAME:
        tell(frame)


def send(card, pending):
    """Sends the whole frames at the beginning of `pending`, and returns the rest."""
    while len(pending) >= LENGTH.size:
        (length,) = LENGTH.unpack_from(pending)
        end = LENGTH.size + length
        if length > MAX_FRAME:
            raise ValueError("a frame of %d bytes was announced" % length)
        if len(pending) < end:
            break
        try:
            card.send(pending[LENGTH.size:end])
        except OSError as error:
            # As on any network, a frame may be lost.
            if error.errno not in (errno.ENETDOWN, errno.ENOBUFS, errno.EMSGSIZE):
                raise
        pending = pending[end:]
    return pending


def main(interface):
    card = open_card(interface)
    tell(card.getsockname()[4])
    pending = b""
    while True:
        ready, _, _ = select.select([card, 0], [], [])
        if card in ready:
            receive(card, interface)
        if 0 in ready:
            data = os.read(0, READ_BYTES)
            if not data:
                return
            pending = send(card, pending + data)


try:
    main(sys.argv[1])
except (OSError, ValueError) as error:
    sys.exit(str(error))
