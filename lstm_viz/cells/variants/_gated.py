"""What the variants share: layers side by side, one block of weights each, and a way back one timestep at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstm_viz.cells import checks
from lstm_viz.cells.activations import ACTIVATIONS
from lstm_viz.cells.back import Reverse
from lstm_viz.cells.cell import Cell
from lstm_viz.cells.loop import blocks, by_model


class GatedCell(Cell):
    """A cell of layers on [h_tm1, x_t, 1]: per name in `gates` one block of weights, its pre-activation z_<name>."""

    def __init__(self, kernel, recurrent_kernel, bias=None, *, activation="tanh", recurrent_activation="sigmoid"):
        super().__init__(kernel, recurrent_kernel, bias, activation=activation)
        if not self.reads_h and self.recurrent_kernel.any():
            raise ValueError(f"recurrent_kernel of a {self.kind} must be zero, for no layer of it reads h; got others")
        self.recurrent_activation = recurrent_activation
        self._gate = checks.one_of(recurrent_activation, ACTIVATIONS, "recurrent_activation").function

    @property
    def config(self):
        return {"activation": self.activation, "recurrent_activation": self.recurrent_activation}

    @property
    def letters(self):
        """The arrays of a step: all values of its trace, the state before, and room for a product."""
        before = tuple(f"{name}_tm1" for name in self.state_names)
        return ("inputs", "zs", *self.trace_type.names, *before, "new")

    def _arrays(self, room):
        z = room.products(len(self.gates))
        named = {"zs": by_model(z), "new": room.scratch()}
        named |= dict(zip((f"z_{gate}" for gate in self.gates), blocks(z, len(self.gates)), strict=True))
        for state in self.state_names[1:]:
            named[f"{state}_tm1"], named[state] = room.shifted()
        others = [name for name in self.trace_type.names if name not in (*named, "h")]
        return named | {name: room.empty() for name in others}

    def _unpack(self, matrix):
        kernel, recurrent_kernel, bias = super()._unpack(matrix)
        return [kernel, recurrent_kernel if self.reads_h else np.zeros_like(recurrent_kernel), bias]

    @classmethod
    def initialise(
        cls, input_dim, units, seed=0, *, activation=None, recurrent_activation="sigmoid", dtype=np.float64, **biases
    ):
        """A new cell, drawn as Keras draws an LSTM: glorot_uniform kernel, orthogonal recurrent kernel, zero bias.

        `<name>_bias` sets the bias of one of the layers, by default 1 for a forget gate and 0 for the others.
        """
        kernel, recurrent_kernel = cls._draw(input_dim, units, seed, dtype, "orthogonal")
        if not cls.reads_h:
            recurrent_kernel = np.zeros_like(recurrent_kernel)
        biases = ({"f_bias": 1.0} if "f" in cls.gates else {}) | biases
        bias = np.zeros((len(cls.gates), units), dtype)
        for name, value in biases.items():
            gate = name.removesuffix("_bias")
            if gate not in cls.gates or gate == name:
                raise TypeError(f"a {cls.kind} takes {', '.join(f'{g}_bias' for g in cls.gates)}; got {name}")
            bias[cls.gates.index(gate)] = checks.number(value, name)
        options = {"recurrent_activation": recurrent_activation}
        if activation is not None:
            options["activation"] = activation
        return cls(kernel, recurrent_kernel, cls._drawn_bias(bias, seed), **options)

    @classmethod
    def _drawn_bias(cls, bias, seed):
        """The bias (blocks, units) as the cell has it, with what else it draws."""
        return bias.ravel()


class GatedReverse(Reverse):
    """Back through one timestep at a time.

    A variant says in `_through(v, dh, dc, dz)` how dL/dh_t, and what later steps say of c_t, become dL/dz of each layer
    (the arrays in `dz`, in the order of `gates`); it returns dL/dc_t, and what of it reaches c_tm1 (None without a c),
    and what of dL/dh_t reaches h_tm1 past the layers. Where the state has more than c, they lie below it, in its order.
    """

    def __init__(self, cell, kept, **options):
        self.names = (*self.reads, *(f"{name}_tm1" for name in cell.state_names))
        super().__init__(cell, kept, **options)

    def _local_derivatives(self, steps, local):
        pass  # all of it is done step by step

    def _views(self, local):
        return blocks(local[None], self.rows), by_model(local)

    def _step_of_cell(self, t, local, dh, back, d_matrix, skip):
        dz, dz_by_model = local
        v = _Values({name: self.kept[name][t] for name in self.names})
        d_c, dc_tm1, past = self._through(v, dh, self.dc, [each[0] for each in dz])
        if skip is not None:
            np.copyto(dz_by_model, 0.0, where=by_model(skip))
            past = np.where(skip, 0.0, past)
            if d_c is not None:
                d_c, dc_tm1 = np.where(skip, self.dc[: self.units], d_c), np.where(skip, self.dc, dc_tm1)
        if d_c is not None:
            np.copyto(self.d_c[t], d_c)
            np.copyto(self.dc, dc_tm1)
        np.matmul(back, dz_by_model, out=self.before[t])
        self.d_inputs[t, : self.units] += past

    def _through(self, v, dh, dc, dz):
        raise NotImplementedError


class _Values:
    """The values of one timestep, by the letters of the equations."""

    def __init__(self, values):
        self.__dict__.update(values)


# --- pictures: a variant's, from that of the cell it is a variant of ------------------------------------------


def redrawn(diagram, *, kind, without=(), without_edges=(), nodes=(), edges=(), alt=None, no_step=""):
    """The diagram without some nodes (and their edges), some edges (source, target), and one of its steps.

    A node of a name that is there already takes its place, and the edges stay.
    """
    new = {node.name: node for node in nodes}
    kept_nodes = [new.pop(n.name, n) for n in diagram.nodes if n.name not in without]
    kept_edges = [
        e
        for e in diagram.edges
        if not {e.source, e.target} & set(without) and (e.source, e.target) not in without_edges
    ]
    said = {step: text for step, text in diagram.steps.items() if step != no_step}
    numbers = dict(zip(said, range(1, len(said) + 1), strict=True))

    def told(parts):
        return " ".join(part for part in parts.split() if part != no_step)

    return replace(
        diagram,
        kind=kind,
        nodes=tuple(replace(n, parts=told(n.parts)) for n in (*kept_nodes, *new.values())),
        edges=tuple(replace(e, parts=told(e.parts)) for e in (*kept_edges, *edges)),
        steps={step: f"{numbers[step]}{text[1:]}" for step, text in said.items()},
        notes=tuple((*note[:3], told(note[3])) for note in diagram.notes),
        alt=diagram.alt if alt is None else alt,
    )


def moved(diagram, columns, rows, *, below):
    """The diagram with columns x and rows y elsewhere, {old: new}; `below` = (y, by): other rows under y go down."""
    under, by = below

    def at(point):
        x, y, *rest = point
        return (columns.get(x, x), rows.get(y, y + by if y > under else y), *rest)

    x, y, width, height = diagram.frame
    return replace(
        diagram,
        height=diagram.height + by,
        frame=(x, y, width, height + by),
        nodes=tuple(replace(n, at=at(n.at)) for n in diagram.nodes),
        edges=tuple(replace(e, via=tuple(map(at, e.via)), chip=e.chip and at(e.chip)) for e in diagram.edges),
        notes=tuple((*at(note[:2]), *note[2:]) for note in diagram.notes),
        legend=at(diagram.legend),
    )
