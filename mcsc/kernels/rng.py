"""xoshiro256++ on the first four 64-bit words of rows, one row a replica.

References
----------
D. Blackman and S. Vigna, ACM Trans. Math. Softw. 47, 36 (2021), doi:10.1145/3460772.
D. Lemire, ACM Trans. Model. Comput. Simul. 29, 3 (2019), doi:10.1145/3230636 (``below``).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mcsc.kernels._jit import kernel

ALGORITHM = "xoshiro256++"
# words of a stream, and of its row: threads that write to lines of memory next to each other wait
WORDS, ROW = 4, 16


def stream(seed: int, words: Sequence[int], replica: int) -> npt.NDArray[np.uint64]:
    """Initial state of the stream addressed by a seed, a task's digest words and a replica number.

    Returns: (4,) uint64, hashed by numpy's SeedSequence: neighbouring addresses give unrelated
        streams.
    """
    sequence = np.random.SeedSequence([seed, *words], spawn_key=(replica,))
    return sequence.generate_state(WORDS, np.uint64).astype(np.uint64)


def streams(seed: int, words: Sequence[int], n: int) -> npt.NDArray[np.uint64]:
    """(n, ROW) rows with the streams of replicas 0 … n − 1 at their beginning, zeros behind."""
    rows = np.zeros((n, ROW), np.uint64)
    for r in range(n):
        rows[r, :WORDS] = stream(seed, words, r)
    return rows


@kernel(inline="always")
def next_word(s):
    """Next 64 random bits; advances the row ``s`` of four words in place."""
    s0, s1, s2, s3 = s[0], s[1], s[2], s[3]
    total = s0 + s3
    word = ((total << np.uint64(23)) | (total >> np.uint64(41))) + s0
    t = s1 << np.uint64(17)
    s2 ^= s0
    s3 ^= s1
    s[1] = s1 ^ s2
    s[0] = s0 ^ s3
    s[2] = s2 ^ t
    s[3] = (s3 << np.uint64(45)) | (s3 >> np.uint64(19))
    return word


@kernel(inline="always")
def uniform(s):
    """Uniform float64 in [0, 1) with 53 random bits."""
    return np.float64(next_word(s) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@kernel(inline="always")
def high_below(word, n):
    """Integer below ``n`` (at most 2³²) from the high half of a random word, to 1 part in 2³²/n."""
    return np.int64(((word >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32))


@kernel(inline="always")
def low_below(word, n):
    """Integer below ``n`` (at most 2³²) from the low half of a random word, to 1 part in 2³²/n."""
    return np.int64(((word & np.uint64(0xFFFFFFFF)) * np.uint64(n)) >> np.uint64(32))
