"""An n-gram model of characters, by Witten and Bell's interpolation (1991): what counting alone comes to."""

import numpy as np


class NGrams:
    """Counts of all contexts up to order - 1 characters in the training text; `bits` scores another text.

    p_n(c | context) = (count(context c) + kinds(context) p_{n-1}(c | shorter)) / (count(context) + kinds(context)),
    where kinds is how many different characters followed the context, and p_0 is 1 / characters.
    """

    def __init__(self, files, characters, order):
        self.characters, self.order, self.tables = characters, order, []
        for n in range(1, order + 1):
            grams = np.concatenate([self._grams(codes, n)[n - 1 :] for codes in files])
            keys, counts = np.unique(grams, return_counts=True)
            contexts, first = np.unique(keys // characters, return_index=True)
            totals = np.add.reduceat(counts, first)
            kinds = np.diff(np.append(first, len(keys)))
            self.tables.append((keys, counts, contexts, totals, kinds))

    def _grams(self, codes, n):
        """Each character with the n - 1 before it, as one whole number; the first n - 1 are not whole."""
        grams = np.zeros(len(codes), np.int64)
        for back in range(n - 1, -1, -1):
            shifted = np.concatenate([np.zeros(min(back, len(codes)), np.int64), codes[: len(codes) - back]])
            grams = grams * self.characters + shifted
        return grams

    def bits(self, codes):
        """{order: (characters,) bits that each character cost}."""
        p, found = np.full(len(codes), 1 / self.characters), {}
        for n, (keys, counts, contexts, totals, kinds) in enumerate(self.tables, start=1):
            grams = self._grams(codes, n)
            count = _looked_up(keys, counts, grams)
            total, kind = (_looked_up(contexts, values, grams // self.characters) for values in (totals, kinds))
            whole = (np.arange(len(codes)) >= n - 1) & (total > 0)
            p = np.where(whole, (count + kind * p) / np.maximum(total + kind, 1), p)
            found[n] = -np.log2(p)
        return found


def _looked_up(keys, values, wanted):
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0)
