"""Made-up newswires, so that a lesson can go on without the real ones."""

from __future__ import annotations

from collections import Counter

import numpy as np

from lstm_viz.datasets._checks import check_seed, check_split, check_whole
from lstm_viz.datasets.newswires import FIRST_WORD, START, Newswires, pad, topic_names

__all__ = ["synthetic_newswires"]

_SENTENCES = {
    "earn": ("{company} net profit {n} cts vs loss {n} cts per share revs {n} mln vs {n} mln",
             "{company} said quarterly dividend {n} cts vs {n} cts prior payable {month} {n}",
             "shr loss {n} cts vs profit {n} cts net loss {n} mln sales {n} mln {company}"),
    "acq": ("{company} said it agreed to acquire {company} for {n} mln dlrs in cash",
            "{company} shareholders approved the merger with {company} under a share offer of {n} dlrs"),
    "crude": ("{company} said crude oil output rose {n} pct to {n} barrels a day in {month}",),
    "grain": ("the department reported wheat and corn exports of {n} tonnes in {month}",),
    "money-fx": ("the bank said it bought {n} mln of bills to ease a shortage in the money market",),
    "interest": ("{company} bank raised its prime lending rate {n} pct from {n} pct effective {month} {n}",),
    "trade": ("the ministry said the trade surplus with japan rose to {n} billion dlrs in {month}",),
    "ship": ("{company} port workers began a strike and {n} vessels wait in the harbour",),
}  # fmt: skip
_SHARES = {"earn": 0.7, "acq": 0.14, "crude": 0.04, "grain": 0.03, "money-fx": 0.03, "interest": 0.03, "trade": 0.02}
_COMPANIES = [f"{a}{b}" for a in ("nor", "west", "atlan", "dyna", "meri") for b in ("corp", "tek", "chem", "gas")]
_MONTHS = ["january", "march", "april", "june", "october"]


def synthetic_newswires(*, wires=1_993, test_split=0.3, timesteps=49, seed=0):
    """Made-up newswires in the form of `load_reuters`, drawn with `seed`: to go on with, not to learn about news from.

    Eight of the 46 topics occur, most wires are under "earn" as in the real ones, and one wire in ten has a sentence of
    another topic than its own, so that nothing can classify all of them.
    """
    check_split(test_split)
    wires = check_whole(wires, "wires", 10, 100_000)
    timesteps = check_whole(timesteps, "timesteps", 2, 10_000)
    seed = check_seed(seed)
    rng = np.random.default_rng(seed)
    names = topic_names()
    kinds = list(_SENTENCES)
    shares = np.array([_SHARES.get(kind, 0.01) for kind in kinds])

    def pick(options):
        return options[rng.integers(len(options))]

    def sentence(kind):
        template = pick(_SENTENCES[kind])
        fill = {
            "{company}": lambda: pick(_COMPANIES),
            "{month}": lambda: pick(_MONTHS),
            "{n}": lambda: str(rng.integers(1, 31)),
        }
        return " ".join(fill.get(word, lambda word=word: word)() for word in template.split())

    topics = rng.choice(kinds, size=wires, p=shares / shares.sum())
    texts = [sentence(pick(kinds) if rng.random() < 0.1 else kind).split()[: timesteps - 1] for kind in topics]
    ranked = Counter(word for text in texts for word in text).most_common()
    word_index = {word: rank for rank, (word, _) in enumerate(ranked, 1)}
    x = pad([[START, *(word_index[word] + FIRST_WORD for word in text)] for text in texts], timesteps)
    y = np.array([names.index(kind) for kind in topics])
    split = int(wires * (1 - test_split))
    return Newswires(
        x_train=x[:split],
        y_train=y[:split],
        x_test=x[split:],
        y_test=y[split:],
        names=names,
        word_index=word_index,
        num_words=len(word_index) + FIRST_WORD + 1,
        source="synthetic: made-up sentences",
        synthetic=True,
    )
