"""The wire format between Python and the engine, as one table.

Little-endian frames over the engine's stdin and stdout. A request is ``u32 length | u8 op | u32 handle | arguments``,
a reply ``u32 length | u8 tag | f64 cycle | f64 horizon | f64 host ms | u8 flags | payload``; a length counts the bytes
behind it. An op with `POSTED` set has no reply.
"""

from __future__ import annotations

import struct

PROTOCOL = 3

POSTED = 0x80
"""Bit of the op of a request that is not answered."""

MAX_FRAME_BYTES = 64 * 1024 * 1024 + 4096
"""A longer frame is a protocol error, in both directions."""

CHUNK_BYTES = 16 * 1024 * 1024
"""Bulk data is cut into frames of at most this many bytes."""

MAX_LAYOUT_BYTES = 16 * 1024 * 1024
"""Longest description of a layout."""

MAX_STEPPED_ELEMENTS = 2**24
"""Most elements of the matrices of a stepped array, A, B and C together, so that they travel in one frame."""

MAX_QUANTIZED_NUMBERS = 2**23
"""Most numbers that are converted or quantized at once, so that they travel in one frame."""

CREATE = 1
DESTROY = 2
ADVANCE = 3
RUN = 4
WRITE = 5
READ = 6
TRANSFER = 7
MATMUL = 8
RETURN = 9
RESET = 10
UNIT_STATE = 11
UNIT_RESET = 12
MEMORY_RESET = 13
PRODUCT = 14
QUERY = 15
SEMAPHORE = 16
SIGNAL = 17
LAYOUT = 18
FORGET_LAYOUT = 19
STEPPED_ARRAY = 27
STEP_ARRAY = 28
ARRAY_REGISTERS = 29
SET_ARRAY_REGISTER = 30
READ_ARRAY = 31
DROP_ARRAY = 32
START_TRACE = 37
STOP_TRACE = 38
OPEN_TRACE = 39
READ_TRACE = 40
CLOSE_TRACE = 41
CHECKPOINT = 42
RESTORE = 43
DROP_CHECKPOINT = 44
START_HISTORY = 45
STOP_HISTORY = 46
REWIND = 47
ENCODE_NUMBERS = 48
DECODE_NUMBERS = 49
QUANTIZE = 50
DEQUANTIZE = 51
CALIBRATE = 52
VECTOR = 70
FUSED_MATMUL = 71
CREATE_GROUP = 80
OPEN_TRACE_FILE = 90
READ_TRACE_FILE = 91

OPS: dict[str, int] = {
    "CREATE": CREATE,
    "DESTROY": DESTROY,
    "ADVANCE": ADVANCE,
    "RUN": RUN,
    "WRITE": WRITE,
    "READ": READ,
    "TRANSFER": TRANSFER,
    "MATMUL": MATMUL,
    "RETURN": RETURN,
    "RESET": RESET,
    "UNIT_STATE": UNIT_STATE,
    "UNIT_RESET": UNIT_RESET,
    "MEMORY_RESET": MEMORY_RESET,
    "PRODUCT": PRODUCT,
    "QUERY": QUERY,
    "SEMAPHORE": SEMAPHORE,
    "SIGNAL": SIGNAL,
    "LAYOUT": LAYOUT,
    "FORGET_LAYOUT": FORGET_LAYOUT,
    "STEPPED_ARRAY": STEPPED_ARRAY,
    "STEP_ARRAY": STEP_ARRAY,
    "ARRAY_REGISTERS": ARRAY_REGISTERS,
    "SET_ARRAY_REGISTER": SET_ARRAY_REGISTER,
    "READ_ARRAY": READ_ARRAY,
    "DROP_ARRAY": DROP_ARRAY,
    "START_TRACE": START_TRACE,
    "STOP_TRACE": STOP_TRACE,
    "OPEN_TRACE": OPEN_TRACE,
    "READ_TRACE": READ_TRACE,
    "CLOSE_TRACE": CLOSE_TRACE,
    "CHECKPOINT": CHECKPOINT,
    "RESTORE": RESTORE,
    "DROP_CHECKPOINT": DROP_CHECKPOINT,
    "START_HISTORY": START_HISTORY,
    "STOP_HISTORY": STOP_HISTORY,
    "REWIND": REWIND,
    "ENCODE_NUMBERS": ENCODE_NUMBERS,
    "DECODE_NUMBERS": DECODE_NUMBERS,
    "QUANTIZE": QUANTIZE,
    "DEQUANTIZE": DEQUANTIZE,
    "CALIBRATE": CALIBRATE,
    "VECTOR": VECTOR,
    "FUSED_MATMUL": FUSED_MATMUL,
    "CREATE_GROUP": CREATE_GROUP,
    "OPEN_TRACE_FILE": OPEN_TRACE_FILE,
    "READ_TRACE_FILE": READ_TRACE_FILE,
}

TAG_NONE = 0
TAG_BYTES = 1
TAG_JSON = 2
TAG_ERROR = 3
TAG_UPCALL = 4

TAGS: dict[str, int] = {
    "NONE": TAG_NONE,
    "BYTES": TAG_BYTES,
    "JSON": TAG_JSON,
    "ERROR": TAG_ERROR,
    "UPCALL": TAG_UPCALL,
}

FLAG_IDLE = 1

RUN_UNTIL_IDLE = 0
RUN_UNTIL_CYCLE = 1

HOST, EXTERNAL, L3, L2, SCRATCHPAD = range(5)
"""Memory kinds, in the order of the address map."""

MEMORY_KIND_NAMES: tuple[str, ...] = ("host", "external", "l3", "l2", "scratchpad")

DMA, BLOCK_MOVER, STREAMER, COMPUTE_TILE, VECTOR_UNIT = range(5)
"""Unit kinds; the first three are movers."""

STREAM_ROWS, STREAM_COLUMNS = 0, 1

CREDIT_MEANINGS: dict[str, int] = {"data": 0, "space": 1}
"""What the credits of a semaphore stand for."""

U32_MAX = 2**32 - 1
SAFE_INTEGER_MAX = 2**53 - 1
"""Largest whole number that a double holds exactly, and so the largest address or size on the wire."""

_HEAD = "<IBI"

REPLY_HEAD = struct.Struct("<IBdddB")
REPLY_HEAD_LENGTH = REPLY_HEAD.size - 4
"""What the length word of a reply counts beside the payload."""

UPCALL_ARGUMENTS = struct.Struct("<II")
UNIT_STATE_REPLY = struct.Struct("<Bd")

REQUEST_HEAD = struct.Struct(_HEAD)
ADVANCE_FRAME = struct.Struct(_HEAD + "d")
RUN_FRAME = struct.Struct(_HEAD + "Bdd")
WRITE_HEAD = struct.Struct(_HEAD + "BId")
READ_FRAME = struct.Struct(_HEAD + "BIdd")
TRANSFER_FRAME = struct.Struct(_HEAD + "BIdddBI")
MATMUL_FRAME = struct.Struct(_HEAD + "IIddddddI")
FUSED_MATMUL_FRAME = struct.Struct(_HEAD + "BBddddd" + "IIddddddI")
"""The activation, bits of what is there (`HAS_BIAS` and so on), the bias's offset, slope, scale (or its row's offset),
the result's scale and zero point; then a product as in MATMUL."""
HAS_BIAS, HAS_SCALE, HAS_SCALE_ROW, HAS_RESULT_SCALE, HAS_RESULT_ZERO_POINT = 1, 2, 4, 8, 16
VECTOR_FRAME = struct.Struct(_HEAD + "IIBBBBdddddddI")
"""Tile, scratchpad, kind, which of the kind, shape of the other operand, which further operands there are (bits), rows,
columns, offsets of source, second, third and result, a number, and the callback; credits go behind."""
VECTOR_FORMATS = struct.Struct("<BBBddd")
"""A number format, the result's plus 1 (0: its default), bits of what is there, scale (or its row's offset), the
result's scale and zero point; may end VECTOR, behind its credits."""
RETURN_FRAME = struct.Struct(_HEAD + "B")
COMPONENT_FRAME = struct.Struct(_HEAD + "BI")
"""UNIT_STATE, UNIT_RESET and MEMORY_RESET: a kind and an id."""
SEMAPHORE_HEAD = struct.Struct(_HEAD + "dB")
"""The initial credits and what they stand for; the name goes behind."""
SEMAPHORE_REPLY = struct.Struct("<I")
SIGNAL_FRAME = struct.Struct(_HEAD + "Id")
CREDIT = struct.Struct("<Id")
"""A semaphore and a number of credits; lists of them, each behind its length in a byte, end TRANSFER, MATMUL,
FUSED_MATMUL and VECTOR."""
PRODUCT_HEAD = struct.Struct(_HEAD + "ddd")
LAYOUT_REPLY = struct.Struct("<Iddd")
"""A layout's number, its bytes, and how far the source and the destination extend; LAYOUT itself carries JSON."""
FORGET_LAYOUT_FRAME = struct.Struct(_HEAD + "I")
TRANSFER_SHAPE = struct.Struct("<Id")
"""The number of a layout (0 for none) and the staggered lanes; may end TRANSFER, behind its credits."""
AMOUNT_FRAME = struct.Struct(_HEAD + "d")
"""START_TRACE, REWIND and START_HISTORY: events or a cycle. START_HISTORY may end before it."""
NUMBERED_FRAME = struct.Struct(_HEAD + "I")
"""OPEN_TRACE, READ_TRACE_FILE, CLOSE_TRACE, CHECKPOINT, RESTORE and DROP_CHECKPOINT: a number that Python has chosen.
In OPEN_TRACE_FILE JSON follows it; CLOSE_TRACE closes such files, too."""
READ_TRACE_FRAME = struct.Struct(_HEAD + "IBdd")
"""The number of an open trace, a column, the first event and how many."""

STEPPED_ARRAY_HEAD = struct.Struct(_HEAD + "IBdddddB")
"""A number that Python has chosen, the dataflow, rows, columns, m, n, k, and whether C follows A and B behind it."""
STEP_ARRAY_FRAME = struct.Struct(_HEAD + "Idd")
"""A number, how many cycles, and for how many milliseconds at most."""
ARRAY_PROGRESS_REPLY = struct.Struct("<ddddB")
"""STEPPED_ARRAY and STEP_ARRAY: cycles just now and in all, the fold, the number of folds, whether all is done."""
ARRAY_REGISTERS_FRAME = struct.Struct(_HEAD + "III")
ARRAY_REGISTERS_REPLY = struct.Struct("<IBIBIB")
"""Bits and flag of each register."""
SET_ARRAY_REGISTER_FRAME = struct.Struct(_HEAD + "IIIBdB")
"""A number, row and column, the register, its bits, and what becomes of its flag: 0 stays, 1 set, 2 cleared."""
READ_ARRAY_FRAME = struct.Struct(_HEAD + "IB")
DROP_ARRAY_FRAME = struct.Struct(_HEAD + "I")

ENCODE_HEAD = struct.Struct(_HEAD + "BBBd")
"""A number format, the policy (0: the format's own), 0 for float32 or 1 for doubles, the first's number in errors."""
DECODE_HEAD = struct.Struct(_HEAD + "Bd")
"""A number format and how many numbers the bytes behind it have."""
TENSOR_HEAD = struct.Struct(_HEAD + "I")
"""QUANTIZE, DEQUANTIZE and CALIBRATE: the length of a description in JSON, which numbers of 32 bits follow."""

ARRAY_RESULT, ARRAY_ACTIVITY, ARRAY_ACCESSES = range(3)
"""What READ_ARRAY reads."""


def request(op: int, handle: int, body: bytes = b"") -> bytes:
    """A whole request frame out of its op, the simulator's handle and the bytes of its arguments."""
    return REQUEST_HEAD.pack(5 + len(body), op, handle) + body


def pack(layout: struct.Struct, op: int, handle: int, *arguments: float, behind: int = 0) -> bytes:
    """The frame (or the head of a frame that goes on with `behind` bytes) in one of the layouts above."""
    return layout.pack(layout.size - 4 + behind, op, handle, *arguments)
