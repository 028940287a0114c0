"""Exercises and predictions of lesson 08, newswires."""

import math

import numpy as np

from lstm_viz.exercises import Exercise, Prediction, register
from lstm_viz.exercises.answers import close, function, number, several, whole_number

# --- 08.1 -------------------------------------------------------------------------------------------------


def _check_majority(scores):
    accuracy, macro_f1 = scores["accuracy"], scores["macro_f1"]
    f1 = 2 * 0.8 / (0.8 + 1)
    if not close(accuracy, 0.8, 5e-3):
        yield f"The accuracy should not be {accuracy:g}: of 100 wires the 80 about A are answered rightly."
    if close(macro_f1, f1, 5e-3):
        yield "That is the F1 of topic A alone; macro-F1 is the mean of all three, and B and C have 0."
    if close(macro_f1, 1 / 3, 5e-3):
        yield "An F1 of 1 for topic A would need its precision to be 1; but 20 of the 100 answers 'A' are wrong."
    if close(macro_f1, 0.8 / 3, 5e-3):
        yield "That takes the precision of A, 0.8, for its F1; its recall is 1, and F1 is 2 p r / (p + r)."
    if not close(macro_f1, f1 / 3, 5e-3):
        yield f"The macro-F1 should not be {macro_f1:.3g}: take the mean of the three topics' F1, two of which are 0."


_majority = Exercise(
    name="08.1",
    prompt="Of 100 wires 80 are about A, 15 about B and 5 about C. A classifier answers A every time. What are its "
    "accuracy and its macro-F1? Hand over both: (accuracy, macro_f1).",
    answer=several(accuracy=number(0, 1), macro_f1=number(0, 1)),
    check=_check_majority,
    hints=[
        "For each topic: precision p = right answers / answers given, recall r = right answers / wires of the topic, "
        "F1 = 2 p r / (p + r), and 0 where nothing was right.",
        "Topic A has p = 0.8 and r = 1. B and C are never answered, so their F1 is 0.",
    ],
    solution="""
        f1_of_A = 2 * 0.8 * 1 / (0.8 + 1)
        (0.8, (f1_of_A + 0 + 0) / 3)
    """,
    right=["[0.8, 0.296]"],
    wrong=[
        ("(0.8, 0.889)", "F1 of topic A alone"),
        ("(0.8, 1 / 3)", "20 of the 100 answers"),
        ("(0.8, 0.8 / 3)", "precision of A"),
        ("(0.33, 0.296)", "accuracy should not be"),
        ("(0.8, 0.8)", "macro-F1 should not be"),
        ("0.8", "give 2 values"),
    ],
    remark="An accuracy of 80 % without having read a word. Macro-F1 sees through it: every topic counts the same.",
)


# --- 08.2 -------------------------------------------------------------------------------------------------


def _f1(truth, answer, topic):
    right = np.sum((truth == topic) & (answer == topic))
    return 0.0 if right == 0 else 2 * right / (np.sum(truth == topic) + np.sum(answer == topic))


def _check_macro_f1(macro_f1):
    rng = np.random.default_rng(8)
    cases = [(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])), (np.array([0, 0, 2, 1]), np.array([0, 0, 0, 0]))]
    cases += [(rng.integers(0, 4, 60), rng.integers(0, 4, 60))]
    for truth, answer in cases:
        topics = np.unique(truth)
        each = np.array([_f1(truth, answer, topic) for topic in topics])
        value = macro_f1(truth, answer)
        if close(value, each.mean(), 1e-6):
            continue
        if close(value, np.mean(truth == answer), 1e-6):
            yield "That is the accuracy, in which a topic with many wires counts more."
        recall = [np.mean(answer[truth == topic] == topic) for topic in topics]
        if close(value, np.mean(recall), 1e-6):
            yield "That is the mean recall; F1 also asks how many of the answers given were right."
        if close(value, np.average(each, weights=[np.sum(truth == topic) for topic in topics]), 1e-6):
            yield "The topics are weighted by their number of wires; in macro-F1 each counts the same."
        yield (
            f"For truth {truth[:6].tolist()}... and answer {answer[:6].tolist()}... the F1 of the topics are "
            f"{each.round(3).tolist()}, so their mean is {each.mean():.4f}; yours is {value:.4f}."
        )


_macro_f1 = Exercise(
    name="08.2",
    prompt="Write macro_f1(truth, answer) for two integer arrays of shape (n,): the F1 of every topic that occurs in "
    "truth, averaged. A topic without a right answer has an F1 of 0.",
    answer=function("truth, answer", returns=number()),
    check=_check_macro_f1,
    hints=[
        "F1 = 2 p r / (p + r) is the same as 2 * right / (wires of the topic + answers of the topic).",
        "Go through np.unique(truth): right = np.sum((truth == k) & (answer == k)).",
    ],
    solution="""
        def macro_f1(truth, answer):
            f1 = []
            for k in np.unique(truth):
                right = np.sum((truth == k) & (answer == k))
                f1.append(2 * right / (np.sum(truth == k) + np.sum(answer == k)))
            return np.mean(f1)
    """,
    wrong=[
        ("lambda truth, answer: np.mean(truth == answer)", "That is the accuracy"),
        ("lambda truth, answer: np.mean([np.mean(answer[truth == k] == k) for k in np.unique(truth)])", "mean recall"),
        (
            "lambda truth, answer: sum(2 * np.sum((truth == k) & (answer == k)) * np.sum(truth == k) "
            "/ (np.sum(truth == k) + np.sum(answer == k)) for k in np.unique(truth)) / len(truth)",
            "weighted by their number",
        ),
        ("lambda truth, answer: 0.5", "so their mean is"),
        ("lambda truth, answer: truth == answer", "give one number"),
        ("lambda truth: 1.0", "must take 2 arguments"),
    ],
    remark="This is what scikit-learn's f1_score(truth, answer, average='macro') computes where every answer is one "
    "of the topics.",
)


# --- 08.3 -------------------------------------------------------------------------------------------------


def _check_first_loss(loss):
    if close(loss, math.log2(46), 0.02):
        yield "The logarithm is the natural one in Keras's loss, not base 2."
    elif close(loss, 1 / 46, 1e-3):
        yield "That is the probability of the right topic; the loss is the negative logarithm of it."
    elif loss < 0:
        yield "The loss is the negative logarithm of a probability, so it cannot be below 0."
    elif not close(loss, math.log(46), 0.01):
        yield f"exp(-{loss:.4g}) = {math.exp(-loss):.3g} should be the probability of the right topic, 1/46 = 0.0217."


_first_loss = Exercise(
    name="08.3",
    prompt="A classifier that knows nothing gives each of the 46 topics the same probability. What is its categorical "
    "cross-entropy, the loss that the first epochs start from?",
    answer=number(),
    check=_check_first_loss,
    hints=["The loss of one wire is -log(p of its right topic), with the natural logarithm.", "p is 1/46 for each."],
    solution="-np.log(1 / 46)",
    right=["3.83", "np.log(46)"],
    wrong=[
        ("np.log2(46)", "natural"),
        ("1 / 46", "negative logarithm of it"),
        ("np.log(1 / 46)", "cannot be below 0"),
        ("1.0", "should be the probability"),
    ],
    remark="A first loss far above log(topics) means that the network begins by being sure and wrong.",
)


# --- 08.4 -------------------------------------------------------------------------------------------------


def _check_stacked(count):
    lower, upper, dense = 4 * (1 + 50 + 1) * 50, 4 * (50 + 50 + 1) * 50, 51 * 46
    total = lower + upper + dense
    if count == total:
        return
    if count == 2 * lower + dense:
        yield "The second LSTM reads the 50 hidden states of the first one, not one number: its input_dim is 50."
    if count == lower + upper:
        yield "The Dense layer is missing: 50 weights and a bias for each of the 46 topics."
    if count == 4 * (1 + 50) * 50 + 4 * 100 * 50 + 50 * 46:
        yield "The biases are missing."
    if count == (total - dense) // 4 + dense:
        yield "An LSTM layer has four blocks of weights (i, f, c, o), not one."
    yield (
        f"The count should not be {count:,}. Per LSTM layer it is 4 * (input_dim + units + 1) * units, and "
        "the Dense layer has (units + 1) * topics."
    )


_stacked = Exercise(
    name="08.4",
    prompt="How many numbers does the two-layer classifier learn: LSTM(50) on one number per timestep, LSTM(50) on top "
    "of it, Dense(46)?",
    answer=whole_number(),
    check=_check_stacked,
    hints=[
        "Per LSTM layer: 4 * (input_dim + units + 1) * units. What is the input_dim of the second one?",
        "First layer 4 * (1 + 50 + 1) * 50 = 10,400; second layer 4 * (50 + 50 + 1) * 50; Dense (50 + 1) * 46.",
    ],
    solution="4 * (1 + 50 + 1) * 50 + 4 * (50 + 50 + 1) * 50 + (50 + 1) * 46",
    wrong=[
        ("2 * 4 * 52 * 50 + 51 * 46", "its input_dim is 50"),
        ("10400 + 20200", "Dense layer is missing"),
        ("4 * 51 * 50 + 4 * 100 * 50 + 50 * 46", "biases are missing"),
        ("52 * 50 + 101 * 50 + 51 * 46", "four blocks"),
        ("12746", "should not be 12,746"),
    ],
    remark="32,946 numbers, to be learned from 1,395 wires: that it overfits is no surprise.",
)


# --- 08.5 -------------------------------------------------------------------------------------------------


def _check_gradient(gradient):
    rng = np.random.default_rng(5)
    for topics in (3, 46):
        z = rng.normal(size=topics)
        p = np.exp(z) / np.exp(z).sum()
        topic = int(rng.integers(topics))
        right = p - np.eye(topics)[topic]
        value = gradient(p, topic)
        if close(value, right, 1e-6):
            continue
        if close(value, -right, 1e-6):
            yield "The sign is turned round: a higher score of the right topic makes the loss smaller."
        if close(value, p - 1, 1e-6):
            yield "The 1 is taken from every entry; only the right topic has it."
        if close(value, -np.eye(topics)[topic] / p, 1e-5):
            yield "That is the derivative by the probabilities; through the softmax it becomes much simpler."
        if value.shape != (topics,):
            yield f"For {topics} topics the gradient has shape ({topics},); yours has shape {value.shape}."
        yield (
            f"For p = {p[:3].round(2).tolist()}... and topic {topic} the entries should be those of p except at the "
            "right topic, and add up to 0."
        )


_gradient = Exercise(
    name="08.5",
    prompt="The gradient of a word starts at the top: for p = softmax(z) and L = -log p[topic], write dL_dz(p, "
    "topic), the gradient of the loss by the scores z, shape (topics,).",
    answer=function("p, topic"),
    check=_check_gradient,
    hints=[
        "log softmax(z)[k] = z[k] - log(sum(exp(z))). Differentiate the two terms by each z.",
        "The second term gives p, the first one a 1 at the right topic; mind the minus sign of the loss.",
    ],
    solution="""
        def dL_dz(p, topic):
            gradient = p.copy()
            gradient[topic] -= 1
            return gradient
    """,
    right=["lambda p, topic: p - np.eye(len(p))[topic]"],
    wrong=[
        ("lambda p, topic: np.eye(len(p))[topic] - p", "sign is turned round"),
        ("lambda p, topic: p - 1", "taken from every entry"),
        ("lambda p, topic: -np.eye(len(p))[topic] / p", "by the probabilities"),
        ("lambda p, topic: p[topic] - 1", "yours has shape ()"),
        ("lambda p, topic: p", "add up to 0"),
    ],
    remark="Where the answer is already right and sure, p[topic] is near 1 and there is hardly any gradient left: one "
    "more reason why a gradient is not what a word was worth.",
)

EXERCISES = [_majority, _macro_f1, _first_loss, _stacked, _gradient]


# --- predictions ------------------------------------------------------------------------------------------

_MAJORITY = ("about 2 %, one of 46 topics", "about 25 %", "about 75 %")
_AHEAD = (
    "the LSTM is ahead, by more than two seeds differ",
    "they are about equal",
    "the bag of words is ahead of the LSTM's average",
)
_PLAIN = (
    "no: as plain numbers the ids say nothing",
    "yes, by some ten points",
    "yes, it gets nearly all of them right",
)
_REPAIRS = ("the Embedding alone", "the mask alone", "both together, more than either alone", "neither")
_LAST = ("both above 90 %", "bag of words about 50 %, LSTM above 90 %", "both about 50 %")


def _ahead(compared):
    """compared: (the LSTM's mean accuracy minus the bag's, the distance between its highest and its lowest seed)."""
    difference, spread = compared
    return _AHEAD[0] if difference > spread else _AHEAD[2] if difference < -0.005 else _AHEAD[1]


def _gain(points):
    """points: (mean accuracy of the model - majority line)."""
    return _PLAIN[0] if points < 0.03 else _PLAIN[1] if points < 0.2 else _PLAIN[2]


def _repairs(macro_f1):
    """macro_f1: means of (neither, mask, Embedding, both)."""
    neither, mask, embedding, both = macro_f1
    if both > max(mask, embedding, neither) + 0.02:
        return _REPAIRS[2]
    if max(mask, embedding) < neither + 0.02:
        return _REPAIRS[3]
    return _REPAIRS[0] if embedding > mask else _REPAIRS[1]


def _last(right):
    bag, lstm = right
    return _LAST[2] if lstm < 0.6 else _LAST[1] if bag < 0.6 else _LAST[0]


PREDICTIONS = [
    Prediction(
        name="08.a",
        question="There are 46 topics. Someone answers every test wire with the most frequent one, without reading it. "
        "How often is that right?",
        choices={
            _MAJORITY[0]: "That would be so if all topics had the same number of wires.",
            _MAJORITY[1]: "Even more wires than that are under one topic.",
            _MAJORITY[2]: "",
        },
        outcome=_MAJORITY[2],
        explanation="Short wires are mostly reports of earnings. Any accuracy must be read against this line.",
        decide=lambda accuracy: _MAJORITY[0 if accuracy < 0.1 else 1 if accuracy < 0.5 else 2],
        examples=[(0.747, _MAJORITY[2]), (0.3, _MAJORITY[1]), (0.022, _MAJORITY[0])],
    ),
    Prediction(
        name="08.b",
        question="An LSTM reads the words in their order, the logistic regression knows only which of them occur. Both "
        "are fitted to the same wires. Which is more often right about the test wires?",
        choices={
            _AHEAD[0]: "It knows more about a wire, but what it knows more has to matter for the topic.",
            _AHEAD[1]: "Near, but not quite.",
            _AHEAD[2]: "",
        },
        outcome=_AHEAD[2],
        explanation="Which words occur says nearly all about these topics, and no network is needed to count them.",
        decide=_ahead,
        examples=[((-0.02, 0.02), _AHEAD[2]), ((0.0, 0.02), _AHEAD[1]), ((0.05, 0.02), _AHEAD[0])],
    ),
    Prediction(
        name="08.c",
        question="The recipe feeds the word ids as plain numbers: 'the' is 4, 'oil' is 64. After 200 epochs, does the "
        "LSTM(50) beat the majority line on the test wires?",
        choices={
            _PLAIN[0]: "Frequent words have small ids and rare ones large ids, and that alone tells something.",
            _PLAIN[1]: "",
            _PLAIN[2]: "On the training wires it comes near to that; on wires that it has not seen it does not.",
        },
        outcome=_PLAIN[1],
        explanation="An id is a rank by frequency, and reports of earnings are made of a few very frequent words.",
        decide=_gain,
        examples=[(0.1, _PLAIN[1]), (0.0, _PLAIN[0]), (0.24, _PLAIN[2])],
    ),
    Prediction(
        name="08.d",
        question="The recipe's LSTM reads plain ids and the padding. What raises its macro-F1, the measure in which "
        "every topic counts the same?",
        choices={
            _REPAIRS[0]: "Without a mask the answer comes after a string of zeros, also with an Embedding.",
            _REPAIRS[1]: "The mask helps, but read as quantities the ids still blur the words.",
            _REPAIRS[2]: "",
            _REPAIRS[3]: "Look at the column of macro-F1: the distances are larger than those between seeds.",
        },
        outcome=_REPAIRS[2],
        explanation="Vectors keep the words apart, and the mask lets the answer come from the last word.",
        decide=_repairs,
        examples=[
            ((0.1, 0.15, 0.1, 0.25), _REPAIRS[2]),
            ((0.1, 0.1, 0.2, 0.2), _REPAIRS[0]),
            ((0.1, 0.2, 0.1, 0.2), _REPAIRS[1]),
            ((0.1, 0.1, 0.1, 0.1), _REPAIRS[3]),
        ],
    ),
    Prediction(
        name="08.e",
        question="Each made-up wire has 'rose' once and 'fell' once, in random order. A bag of words and an LSTM learn "
        "from 1,000 of them which came last. How often are they right about new ones of that length?",
        choices={
            _LAST[0]: "Which words occur is the same in every wire, as far as the answer goes.",
            _LAST[1]: "",
            _LAST[2]: "The LSTM reads one word after another, so the later of the two can have the last say.",
        },
        outcome=_LAST[1],
        explanation="The bag is the same for both answers; the LSTM's state remembers what came last.",
        decide=_last,
        examples=[((0.5, 1.0), _LAST[1]), ((0.95, 1.0), _LAST[0]), ((0.5, 0.5), _LAST[2])],
    ),
]

register("08", *EXERCISES, *PREDICTIONS)
