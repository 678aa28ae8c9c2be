"""Rows of eight potentials at once: vector instructions through numba.

LLVM does not merge short loops over rows of 64-bit potentials and 32-bit table entries into vector
instructions by itself; written out they take half of the time.
"""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

from mcsc.kernels._jit import intrinsic
from mcsc.kernels.block_tables import LANES

# rows whose sums are kept in registers at once
ROWS = 8

_WORD, _LONG = ir.IntType(32), ir.IntType(64)
_ROW = ir.VectorType(_LONG, LANES)


def _place(context: Any, builder: Any, kind: Any, array: Any, index: Any, element: Any) -> Any:
    """Address of the eight elements of an array from an index on."""
    data = context.make_array(kind)(context, builder, array).data
    vector = ir.VectorType(element, LANES).as_pointer()
    return builder.bitcast(builder.gep(data, [index]), vector)


def _loaded(builder: Any, place: Any, align: int) -> Any:
    found = builder.load(place)
    found.align = align
    return found


def _entries(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    """Eight entries of the table, widened."""
    place = _place(context, builder, kind, array, index, _WORD)
    return builder.sext(_loaded(builder, place, 4), _ROW)


@intrinsic
def add_difference(_: Any, phi: Any, t: Any, table: Any, plus: Any, minus: Any) -> Any:
    """phi[t : t + 8] += table[plus : plus + 8] − table[minus : minus + 8]."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = signature.args
        place = _place(context, builder, kinds[0], arguments[0], arguments[1], _LONG)
        gain = _entries(context, builder, kinds[2], arguments[2], arguments[3])
        loss = _entries(context, builder, kinds[2], arguments[2], arguments[4])
        total = builder.add(_loaded(builder, place, 8), builder.sub(gain, loss))
        builder.store(total, place).align = 8
        return context.get_dummy_value()

    return types.void(phi, types.int64, table, types.int64, types.int64), codegen


def _listed(n_rows: int, *, subtract: bool) -> Any:
    """Make what adds (subtracts) the entries of a list of carriers to ``n_rows`` rows."""

    @intrinsic
    def add(
        _: Any, phi: Any, t: Any, table: Any, rows: Any, j: Any, at: Any, shift: Any,
        first: Any, last: Any,
    ) -> Any:  # fmt: skip
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kinds = signature.args
            phi, t, table, rows, j, at, shift, first, last = arguments
            data = context.make_array(kinds[3])(context, builder, rows).data
            starts, places, sums = [], [], []
            for r in range(n_rows):
                number = builder.add(j, ir.Constant(_LONG, r))
                starts.append(builder.add(shift, builder.load(builder.gep(data, [number]))))
                row = builder.add(t, ir.Constant(_LONG, LANES * r))
                places.append(_place(context, builder, kinds[0], phi, row, _LONG))
                sums.append(cgutils.alloca_once(builder, _ROW))
                builder.store(_loaded(builder, places[r], 8), sums[r])
            offsets = context.make_array(kinds[5])(context, builder, at).data
            with cgutils.for_range(builder, builder.sub(last, first)) as loop:
                number = builder.add(first, loop.index)
                offset = builder.load(builder.gep(offsets, [number]))
                for r in range(n_rows):
                    found = _entries(context, builder, kinds[2], table,
                                     builder.add(offset, starts[r]))  # fmt: skip
                    change = builder.sub if subtract else builder.add
                    builder.store(change(builder.load(sums[r]), found), sums[r])
            for r in range(n_rows):
                builder.store(builder.load(sums[r]), places[r]).align = 8
            return context.get_dummy_value()

        whole = types.int64
        signature = types.void(phi, whole, table, rows, whole, at, whole, whole, whole)
        return signature, codegen

    add.__doc__ = (
        f"Of {n_rows} rows r from j on, phi[t + 8 (r − j) …] {'−' if subtract else '+'}= "
        "Σ table[at[i] + shift + rows[r] …], first ≤ i < last."
    )
    return add


add_listed, subtract_listed = _listed(ROWS, subtract=False), _listed(ROWS, subtract=True)
add_to_row, subtract_from_row = _listed(1, subtract=False), _listed(1, subtract=True)


@intrinsic
def affordable(_: Any, phi: Any, a: Any, b: Any, between: Any, energies: Any, t: Any) -> Any:
    """Which hops cost no more than energies[t : t + 8]: bits from 0 on from a to b, from 8 on back.

    They cost phi[b …] − phi[a …] − between, and phi[a …] − phi[b …] − between.
    """

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = signature.args

        def loaded(array: int, index: int) -> Any:
            return _loaded(
                builder,
                _place(context, builder, kinds[array], arguments[array], arguments[index], _LONG),
                8,
            )

        first = builder.insert_element(
            ir.Constant(_ROW, ir.Undefined), arguments[3], ir.Constant(_WORD, 0)
        )
        order = ir.Constant(ir.VectorType(_WORD, LANES), [0] * LANES)
        spread = builder.shuffle_vector(first, ir.Constant(_ROW, ir.Undefined), order)
        most = builder.add(loaded(4, 5), spread)
        change = builder.sub(loaded(0, 2), loaded(0, 1))
        back = builder.sub(ir.Constant(_ROW, [0] * LANES), change)
        masks = [
            builder.zext(
                builder.bitcast(builder.icmp_signed("<=", cost, most), ir.IntType(8)), _LONG
            )
            for cost in (change, back)
        ]
        return builder.or_(masks[0], builder.shl(masks[1], ir.Constant(_LONG, 8)))

    whole = types.int64
    return whole(phi, whole, whole, whole, energies, whole), codegen


@intrinsic
def lowest(_: Any, mask: Any) -> Any:
    """Number of the lowest bit that is set, of some that are."""

    def codegen(_c: Any, builder: Any, _s: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), codegen


@intrinsic
def number_of(_: Any, mask: Any) -> Any:
    """How many bits are set."""

    def codegen(_c: Any, builder: Any, _s: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), codegen
