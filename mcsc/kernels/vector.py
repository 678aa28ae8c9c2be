"""What the loops over vector lanes need and LLVM does not vectorise by itself: exp and xoshiro.

Numba calls the scalar exp of the C library where it has no vector library, which most machines
lack. Here are additions, multiplications and bit patterns only, without branches: a loop over
contiguous lanes becomes vector instructions, with the same bits for any width of the vectors.
"""

import numpy as np

from mcsc.kernels._jit import kernel

# adding it rounds to an integer, which then stands in the lowest bits
_ROUND = 6755399441055744.0
_LOG2_E = 1.4426950408889634
# ln 2 in two parts: the first has 21 zero bits at its end, so that its multiples are exact
# bits of √½
_SQRT_HALF = 0x3FE6A09E667F3BCD
_LN2_HIGH, _LN2_LOW = 0.69314718036912381649, 1.90821492927058770002e-10


@kernel(inline="always")
def exponential(x):
    """e^x for −708 ≤ x ≤ 709, to 6e-16 of its value; outside of that the result has no meaning.

    x = n ln 2 + r with |r| ≤ ½ ln 2, and e^r by its Taylor series to r¹², summed in pairs.
    """
    shifted = x * _LOG2_E + _ROUND
    n = shifted - _ROUND
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
    r2 = r * r
    r4 = r2 * r2
    low = (1.0 + r + r2 * (1 / 2 + r * (1 / 6))) + r4 * (
        1 / 24 + r * (1 / 120) + r2 * (1 / 720 + r * (1 / 5040))
    )
    high = 1 / 40320 + r * (1 / 362880) + r2 * (1 / 3628800 + r * (1 / 39916800))
    series = low + (r4 * r4) * (high + r4 * (1 / 479001600))
    power = np.int64((np.float64(shifted).view(np.int64) + 1023) << 52)
    return series * power.view(np.float64)


@kernel(inline="always")
def logarithm(x):
    """ln x of a normal x > 0, to 1e-15 of its value or of 1, whichever is larger.

    x = 2ⁿ m with m next to 1; ln m = 2 artanh y = 2 y (1 + y²/3 + …) with y = (m − 1)/(m + 1).
    """
    bits = np.float64(x).view(np.int64) - _SQRT_HALF
    n = np.float64(bits >> 52)
    m = np.int64((bits & 0xFFFFFFFFFFFFF) + _SQRT_HALF).view(np.float64)
    y = (m - 1.0) / (m + 1.0)
    y2 = y * y
    y4 = y2 * y2
    low = (1.0 + y2 * (1 / 3)) + y4 * (1 / 5 + y2 * (1 / 7))
    high = (1 / 9 + y2 * (1 / 11)) + y4 * (1 / 13 + y2 * (1 / 15) + y4 * (1 / 17 + y2 * (1 / 19)))
    return n * _LN2_HIGH + (n * _LN2_LOW + 2.0 * y * (low + (y4 * y4) * high))


@kernel()
def fill_uniform(words, uniforms):
    """Uniform float64 in [0, 1) for every lane: the numbers of :func:`mcsc.kernels.rng.uniform`.

    ``words`` (4, lanes) holds the xoshiro256++ states of the lanes and is advanced; ``uniforms``
    (n, lanes) is filled row by row.
    """
    s0, s1, s2, s3 = words[0], words[1], words[2], words[3]
    for i in range(uniforms.shape[0]):
        row = uniforms[i]
        for lane in range(row.shape[0]):
            a, b, c, d = s0[lane], s1[lane], s2[lane], s3[lane]
            total = a + d
            word = ((total << np.uint64(23)) | (total >> np.uint64(41))) + a
            t = b << np.uint64(17)
            c ^= a
            d ^= b
            s1[lane] = b ^ c
            s0[lane] = a ^ d
            s2[lane] = c ^ t
            s3[lane] = (d << np.uint64(45)) | (d >> np.uint64(19))
            row[lane] = np.float64(np.int64(word >> np.uint64(11))) * (1.0 / 9007199254740992.0)
