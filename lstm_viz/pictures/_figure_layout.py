"""Where everything in a figure stands: rows in pixels, titles, ticks and legends fitted by their width."""

from __future__ import annotations

import html
import re

from lstm_viz.pictures.style import FONT, INK, PAPER
from lstm_viz.pictures.text_width import clipped, text_width

TEXT, TITLE = 16, 18  # of which plotly makes subscripts of 11 px
#: the widths to which texts are fitted, in pixels: of a usual view, and of one on a phone (`meta["narrow"]`)
WIDE, PHONE = 560, 310
LEFT, RIGHT = 62, 70
ROW_TITLE = 28  # pixels above a row for its title
TICK = 110  # pixels of the longest text at a tick


class Rows:
    """Plots stacked in one column, each of a given height in pixels, with a title above it."""

    def __init__(self, heights, *, title, bottom, gap=10, left=LEFT, right=RIGHT, room=WIDE):
        self.words, self.room, self.bottom = title, room, bottom
        self.narrow, self.needs = {"annotations": []}, WIDE
        title = wrapped(title, room - 28)
        self.top = self._above(title)
        inner = sum(heights) + (len(heights) - 1) * (ROW_TITLE + gap)
        self.domains, y = [], inner
        for height in heights:
            self.domains.append((max(0.0, (y - height) / inner), min(1.0, y / inner)))
            y -= height + ROW_TITLE + gap
        self.inner = inner
        self.layout = {
            "height": inner + self.top + bottom,
            "autosize": True,
            "template": "none",  # plotly's own would add 7 kB to every figure, and colours that are not ours
            "margin": {"l": left, "r": right, "t": self.top, "b": bottom, "autoexpand": False},
            "font": {"family": FONT, "size": TEXT, "color": INK},
            "paper_bgcolor": PAPER,
            "plot_bgcolor": PAPER,
            "hoverlabel": {"font": {"size": TEXT}},
            "showlegend": False,
            "annotations": [],
            "shapes": [],
        }
        if title:
            self.layout["title"] = {
                "text": title,
                "font": {"size": TITLE},
                "x": 0,
                "xref": "container",
                "xanchor": "left",
                "y": 1,
                "yref": "container",
                "yanchor": "top",
                "pad": {"l": 14} | title_pad(title),
            }

    @staticmethod
    def _above(title):
        """Pixels above the first row: its own title, and the figure's."""
        return 14 + (24 * (title.count("<br>") + 1) + 4 if title else 0) + ROW_TITLE

    def on_a_phone(self, *, bottom=None, left=None, right=None, **layout):
        """What else of the layout is other where the view is narrower than the wide one needs."""
        margin = {"b": bottom, "l": left, "r": right}
        self.narrow |= layout
        self.narrow["margin"] = self.narrow.get("margin", {}) | {k: v for k, v in margin.items() if v is not None}

    def inner_width(self, width=PHONE, **margins):
        """Pixels of the plots in a view of `width` pixels."""
        margin = self.layout["margin"] | margins
        return width - margin["l"] - margin["r"]

    def _narrow(self):
        """{"below": the width from which on the layout itself fits, "layout": what is other in a narrower view}."""
        title = wrapped(self.words, min(self.room, PHONE) - 28)
        margin = self.narrow.get("margin", {}) | {"t": self._above(title)}
        layout = {**self.narrow, "margin": margin, "height": self.inner + margin["t"] + margin.get("b", self.bottom)}
        if title:
            layout["title"] = {"text": title, "pad": title_pad(title)}
        return {"below": int(self.needs), "layout": layout}

    def legend(self, row):
        """The layout name of a legend that stands in place of the row's title."""
        name = "legend" if row == 0 else f"legend{row + 1}"
        self.layout[name] = {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": self.domains[row][1],
            "yanchor": "bottom",
            "font": {"size": TEXT},
            "itemwidth": 34,
            "bgcolor": PAPER,  # the cursor ends at it
        }
        return name

    def meta(self, timesteps, units, shown=""):
        """What the controls need to know, and the picture in words, for readers who do not see it."""
        said = [self.layout.get("title", {}).get("text", ""), *(a["text"] for a in self.layout["annotations"]), shown]
        words = (html.unescape(re.sub("<[^>]*>", " " if "<br>" in text else "", text)) for text in said if text)
        alt = ". ".join(" ".join(w.split()) for w in words)
        return {"timesteps": timesteps, "units": units, "alt": alt, "narrow": self._narrow()}

    def say(self, row, text, x=0.0, xanchor="left", *, short=None, share=1.0):
        """Write text above a row, at the fraction `x` of the width, of which it has the `share`.

        short: what to write where the view has no room for that; by default as much of the text as fits.
        """
        margins = self.layout["margin"]["l"] + self.layout["margin"]["r"]
        bold = "<b>" in text
        self.needs = max(self.needs, margins + (text_width(plain(text), TEXT, bold=bold) + 6) / share)
        margin = self.layout["margin"] | self.narrow.get("margin", {})
        room = share * self.inner_width(**margin) + (margin["r"] - 8 if x + share >= 1 else 0)
        fits = [t for t in (short, text) if t and text_width(plain(t), TEXT, bold=bold) <= room]
        cut = html.escape(clipped(plain(short or text), room, TEXT, bold=bold), quote=False)
        self.narrow["annotations"].append({"text": fits[-1] if fits else cut})
        self.layout["annotations"].append(
            {
                "text": text,
                "xref": "paper",
                "yref": "paper",
                "x": x,
                "y": self.domains[row][1],
                "xanchor": xanchor,
                "yanchor": "bottom",
                "showarrow": False,
                "align": "left",
                "yshift": 1,
                "bgcolor": PAPER,  # the cursor ends at it
                "borderpad": 1,
                "font": {"size": TEXT},
            }
        )


def axis_name(kind, number):
    """("x", 2) -> ("x2", "xaxis2"); the first has no number."""
    suffix = "" if number == 1 else str(number)
    return kind + suffix, f"{kind}axis{suffix}"


def axis_title(text, standoff):
    return {"text": text, "standoff": standoff, "font": {"size": TEXT}}


def plain(text):
    """The characters of a text with markup in it."""
    return html.unescape(re.sub("<[^>]*>", "", text))


def title_pad(title):
    """Pixels above a title; plotly sets one of several lines higher."""
    return {"t": 22 if "<br>" in title else 12}


def wrapped(title, room=WIDE - 28):
    """The title over as many lines as it needs in `room` pixels."""
    if not title:
        return ""
    lines = [""]
    for word in str(title).split():
        if lines[-1] and text_width(plain(f"{lines[-1]} {word}"), TITLE) > room:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)


def tick_text(label, room=TICK):
    """The label as a tick shows it, cut to `room` pixels."""
    return html.escape(clipped(label, room, TEXT), quote=False) or " "


def time_axis(timesteps, labels, *, width=WIDE - LEFT - RIGHT):
    """(layout of the time axis, pixels it needs below the plots); labels are thinned until they fit `width` pixels."""
    axis = {
        "range": [-0.5, timesteps - 0.5],
        "showgrid": False,
        "zeroline": False,
        "ticks": "outside",
        "ticklen": 4,
        "tickfont": {"size": TEXT},
        "title": axis_title("timestep t", 6),
    }
    if labels is None:
        step = thinning(timesteps, width / (text_width(str(timesteps), TEXT) + 14))
        axis |= {"tickmode": "array", "tickvals": list(range(0, timesteps, step))}
        return axis, 60
    longest = min(max(text_width(label, TEXT) for label in labels), TICK)
    across = thinning(timesteps, width / (longest + 10))
    upright = thinning(timesteps, width / 20)
    step = min(across, upright)
    shown = list(range(0, timesteps, step))
    axis |= {
        "tickmode": "array",
        "tickvals": shown,
        "ticktext": [tick_text(labels[t]) for t in shown],
        "tickangle": 0 if across <= upright else -90,
    }
    every = "" if step == 1 else f" (one label in {step})"
    axis["title"]["text"] = f"input at each timestep{every}"
    return axis, 60 if across <= upright else 46 + int(longest)


def every_label_fits(labels, *, width=WIDE - LEFT - RIGHT):
    """Has a time axis of `width` pixels room for all of the labels, side by side or upright?"""
    if labels is None:
        return True
    longest = min(max(text_width(label, TEXT) for label in labels), TICK)
    return len(labels) <= max(width / (longest + 10), width / 20)


def fit_time(rows, timesteps, labels, title=None, **margins):
    """The time axis of `rows` on a phone: fewer ticks."""
    axis, bottom = time_axis(timesteps, labels, width=rows.inner_width(**margins))
    words = axis["title"]["text"] if title is None else title
    words = plain(words.replace("input at each timestep", "input"))
    room = rows.inner_width(**margins) + 40  # it may reach out to both sides
    fits = [text for text in (words, words.partition(" (")[0]) if text_width(text, TEXT) <= room]
    words = fits[0] if fits else clipped(words, room, TEXT)
    ticks = {name: axis[name] for name in ("tickvals", "ticktext", "tickangle") if name in axis}
    rows.on_a_phone(bottom=bottom, xaxis=ticks | {"title": {"text": words}})


def thinning(count, most):
    """The smallest of 1, 2, 5, 10, 20, 50, ... that leaves at most `most` of `count` labels."""
    step, factors = 1, (2, 2.5, 2)
    turn = 0
    while count / step > max(most, 1):
        step, turn = round(step * factors[turn % 3]), turn + 1
    return step
