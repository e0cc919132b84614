"""What both Python clients send, and how they report: one JSON line for each fact. What must come back stands in facts.ts."""
import json
import random
import sys
import traceback

SERVER, TAP, DRAINING = sys.argv[1:4]  # URLs: the server, the tap before it, the server that drains
LIMIT_SECONDS = 5

TEXTS = ["", "plain", "grüße", "🐙 astral 𝒳", "\u0000 to \U0010ffff"]
TEXT_LENGTHS = [125, 126, 65_535, 65_536]
BINARY_LENGTHS = [0, 125, 126, 65_535, 65_536, 1_000_000]
FRAGMENTS = ["grü", "ße ", "", "🐙 astral"]
FRAGMENT_BYTES = 70_000
LIMIT = 1000
IN_FLIGHT = 100

# Hex digits by chance: one message alone shrinks to a half, a second one like it to almost nothing, if the first is remembered.
random.seed(1)
RANDOM_TEXT = "".join(random.choice("0123456789abcdef") for _ in range(2000))


def text_of(length):
    """A text of so many bytes in UTF-8."""
    return "ü" * (length // 2) + "x" * (length % 2)


def bytes_of(length):
    return bytes((i * 31 + (i >> 8)) & 0xFF for i in range(length))


def tell(fact, run=lambda fact: fact()):
    """One line: what the fact gave, or how it failed."""
    try:
        line = {"fact": fact.__name__, "got": run(fact)}
    except Exception:
        line = {"fact": fact.__name__, "failed": traceback.format_exc()}
    print(json.dumps(line), flush=True)
