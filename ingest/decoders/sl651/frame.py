"""One frame of SL 651-2014: header, body, end character and CRC (6.5.2, tables 11 to 20)."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

STX: Final = 0x02
ETX: Final = 0x03
EOT: Final = 0x04
ENQ: Final = 0x05
ACK: Final = 0x06
NAK: Final = 0x15
SYN: Final = 0x16
ETB: Final = 0x17
ESC: Final = 0x1B
ENDS: Final = frozenset({ETX, EOT, ENQ, ACK, NAK, ETB, ESC})

HEADER: Final = re.compile(rb"\x7e\x7e[\s\S]{11}[\x02\x16]|\x01[0-9A-Fa-f]{22}[\x02\x16]")
"""All bytes before the body, in HEX/BCD or ASCII coding."""

_SOH = 0x01
_BINARY_HEADER = 14
_TEXT_HEADER = 24
_DOWN = 0x8
_MAX_BODY = 0xFFF
_SHOWN_BYTES = 16
_REMEMBERED = 8192
_REMEMBERED_BYTES = 512
_NUMBERS = re.compile(rb"[0-9A-Fa-f]{6}")


class UnreadableFrameError(ValueError):
    """Bytes that are no whole frame. Park them; the station sends again what is not confirmed."""


class OversizedFrameError(ValueError):
    """A body that no frame can hold. Split it into packets."""


class Frame(NamedTuple):
    """A frame as sent.

    Attributes:
        text: coded in ASCII, else in HEX/BCD.
        down: from the centre to the station.
        centre: address of the centre, 0 to 255.
        station: address of the station, 10 characters.
        password: 4 hexadecimal digits.
        function: code of table B.1.
        packets: how many the transmission has, 0 where it is not split.
        packet: which of them this is, from 1.
        body: what stands between start and end character, without the packet numbers.
        end: the end character.
    """

    text: bool
    down: bool
    centre: int
    station: str
    password: str
    function: int
    packets: int
    packet: int
    body: bytes
    end: int


def crc16(data: bytes) -> int:
    """Return the Modbus CRC-16 (reflected polynomial A001, start FFFF) of 6.5.2."""
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC[(crc ^ byte) & 0xFF]
    return crc


def size_at(data: bytes, start: int) -> int:
    """Return the size in bytes of the frame whose header, already matched, begins at ``start``."""
    if data[start] == _SOH:
        flags = int(data[start + 19 : start + 23], 16)
        return _TEXT_HEADER + _body_size(flags, data[start + 23]) + 5
    flags = data[start + 11] << 8 | data[start + 12]
    return _BINARY_HEADER + _body_size(flags, data[start + 13]) + 3


def read_frame(data: bytes) -> Frame:
    """Read one frame, in either coding and direction.

    A stream is cut by reading its frames, and the decoder reads the same ones soon after: the
    second time costs nothing.

    Raises:
        UnreadableFrameError: another length than its header says, a wrong CRC, an unknown direction
            or end character, or packet numbers that do not fit.
    """
    return _remembered(data) if len(data) <= _REMEMBERED_BYTES else _read_anew(data)


def _read_anew(data: bytes) -> Frame:
    if not HEADER.match(data):
        raise UnreadableFrameError(
            f"bytes {_shown(data)}: expected a header of SL 651, which begins with 7E7E or 01"
        )
    if (size := size_at(data, 0)) != len(data):
        raise UnreadableFrameError(f"frame of {len(data)} bytes: expected {size} by its header")
    if data[0] == _SOH:
        _check_crc(data[-4:].decode("latin-1").upper(), data[:-4])
        head = bytes.fromhex(data[1:23].decode("ascii"))
        return _read(head, data[23], data[24:-5], data[-5], text=True)
    _check_crc(data[-2:].hex().upper(), data[:-2])
    return _read(data[2:13], data[13], data[14:-3], data[-3], text=False)


_remembered = lru_cache(_REMEMBERED)(_read_anew)


def write_frame(frame: Frame) -> bytes:
    """Return the bytes of a frame with its CRC.

    Raises:
        OversizedFrameError: the body has more than 4095 bytes.
    """
    numbers = b""
    if frame.packets:
        numbers = (frame.packets << 12 | frame.packet).to_bytes(3, "big")
        numbers = _digits(numbers) if frame.text else numbers
    body = numbers + frame.body
    if len(body) > _MAX_BODY:
        raise OversizedFrameError(f"body of {len(body)} bytes: expected at most {_MAX_BODY}")
    station, centre = bytes.fromhex(frame.station), bytes([frame.centre])
    route = station + centre if frame.down else centre + station
    flags = (_DOWN if frame.down else 0) << 12 | len(body)
    header = route + bytes.fromhex(frame.password) + bytes([frame.function])
    header += flags.to_bytes(2, "big")
    start = b"\x01" + _digits(header) if frame.text else b"\x7e\x7e" + header
    sent = start + bytes([SYN if frame.packets else STX]) + body + bytes([frame.end])
    check = crc16(sent).to_bytes(2, "big")
    return sent + (_digits(check) if frame.text else check)


def _body_size(flags: int, start: int) -> int:
    # A packet of a split transmission may use all 16 bits; 8xxx stays a downlink.
    if start == SYN and flags >> 12 not in (0, _DOWN):
        return flags
    return flags & _MAX_BODY


def _check_crc(sent: str, data: bytes) -> None:
    if sent != (computed := f"{crc16(data):04X}"):
        raise UnreadableFrameError(f"crc {sent!r}: expected '{computed}' over the bytes before it")


def _read(head: bytes, start: int, body: bytes, end: int, *, text: bool) -> Frame:
    down = _is_down(head[9] >> 4, start)
    if end not in ENDS:
        raise UnreadableFrameError(
            f"end character '{end:02X}': expected one of 03, 04, 05, 06, 15, 17, 1B"
        )
    packets = packet = 0
    if start == SYN:
        packets, packet = _packet_numbers(body[:6] if text else body[:3].hex().encode())
        body = body[6 if text else 3 :]
    return Frame(
        text,
        down,
        head[5] if down else head[0],
        (head[:5] if down else head[1:6]).hex().upper(),
        head[6:8].hex().upper(),
        head[8],
        packets,
        packet,
        body,
        end,
    )


def _is_down(direction: int, start: int) -> bool:
    if direction not in (0, _DOWN) and start != SYN:
        raise UnreadableFrameError(f"direction '{direction:X}': expected 0 for up or 8 for down")
    return direction == _DOWN


def _packet_numbers(digits: bytes) -> tuple[int, int]:
    if not _NUMBERS.fullmatch(digits):
        raise UnreadableFrameError(
            f"packet numbers {_shown(digits)}: expected 3 bytes before the body"
        )
    packets, packet = int(digits[:3], 16), int(digits[3:], 16)
    if not 1 <= packet <= packets:
        raise UnreadableFrameError(f"packet {packet} of {packets}: expected 1 to {packets}")
    return packets, packet


def _digits(data: bytes) -> bytes:
    return data.hex().upper().encode()


def _shown(data: bytes) -> str:
    return repr(data[:_SHOWN_BYTES].hex().upper()) + ("…" if len(data) > _SHOWN_BYTES else "")


def _crc_of(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
    return byte


_CRC: Final = tuple(_crc_of(byte) for byte in range(256))
