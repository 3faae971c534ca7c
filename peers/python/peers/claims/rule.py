"""The rule that turns figures into a verdict: it compares the range that a statement claims with the measured one."""

import math
import statistics
from collections import namedtuple

# the significant digits of a printed ratio
DIGITS = 3

Finding = namedtuple("Finding", "text verdict")


# the largest share of the cores in use by others with which a figure can still contradict a claim
QUIET = 0.25


def outcome(statements, published, corrected, faults, taken=0.0):
    """The verdict on all statements with its reason, and the figures: the median of the rounds, the least and the most.

    - **void**: a fault of the protocol has an effect, so its figures do not show what the source says.
    - **reversed**: the measured range is wholly outside the range that a statement claims.
    - **refused**: the measured range overlaps the claimed one and goes beyond it; or it contradicts the claim while
      other programs took more than a quarter of the cores (`taken`).
    - **reproduced**: every statement holds.
    """
    series = {"published": published, "corrected": corrected}
    findings = [finding(statement, series[statement.get("of", "published")]) for statement in statements]
    verdict, reasons = weigh(findings, list(faults))
    if taken > QUIET:
        verdict = "refused" if verdict == "reversed" else verdict
        reasons.append(f"other programs took {100 * taken:.0f} % of the cores, so run it again on a quiet machine")
    return {
        "verdict": verdict,
        "why": "; ".join(reasons),
        "as_published": {name: statistics.median(values) for name, values in published.items()},
        "corrected": {name: statistics.median(values) for name, values in corrected.items()},
        "spread": {
            "as_published": {name: spread(values) for name, values in published.items()},
            "corrected": {name: spread(values) for name, values in corrected.items()},
        },
    }


def weigh(findings, faults):
    """The verdict of all findings, with the texts of those that decide it."""
    if faults:
        return "void", faults + [found.text for found in findings]
    verdict = combine([found.verdict for found in findings])
    return verdict, [found.text + REMARKS[verdict] for found in findings if found.verdict == verdict]


def refusal(why):
    """The outcome if something is missing; the reason says how to get it."""
    return {"verdict": "refused", "why": why, "as_published": {}, "corrected": {}}


def combine(verdicts):
    """The verdict of several: one statement that does not hold decides; no statements at all are refused."""
    for verdict in ("reversed", "refused"):
        if verdict in verdicts:
            return verdict
    return "reproduced" if verdicts else "refused"


def finding(statement, series):
    """The finding of the figures about one statement."""
    missing = [statement[key] for key in ("figure", "over", "under") if statement.get(key, "") not in ("", *series)]
    if missing:
        return Finding(f"{statement['says']}: {missing[0]} is missing here", "refused")
    values = series[statement["figure"]] if "figure" in statement else ratios(*operands(statement, series))
    low, high = interval(values)
    return Finding(f"{statement['says']}: {told(statement, values)}", judge(low, high, *statement["claimed"]))


def interval(values):
    """An interval of the median of all possible rounds, at 90 % or more: two order statistics, from the ends inwards.

    The median is between them unless almost all rounds fell on one side of it. So few rounds need both extremes, and
    from eight rounds on, one disturbed round at each end is left out.
    """
    n, drop = len(values), 0
    while 2 * sum(math.comb(n, k) for k in range(drop + 2)) <= 0.1 * 2**n:
        drop += 1
    ordered = sorted(values)
    return ordered[drop], ordered[n - 1 - drop]


REMARKS = {
    "reproduced": "",
    "reversed": ", which is outside the claim",
    "refused": ", so this machine cannot decide it",
}


def judge(low, high, least, most):
    """Compares a measured range with a claimed one, whose ends may be open (None)."""
    above, below = least is None or low >= least, most is None or high <= most
    if above and below:
        return "reproduced"
    outside = (least is not None and high < least) or (most is not None and low > most)
    return "reversed" if outside else "refused"


def operands(statement, series):
    return series[statement["over"]], series[statement["under"]]


def ratios(over, under):
    """The ratio of each round, or the extremes if the series differ in length and so are not of the same rounds."""
    if len(over) == len(under):
        return [a / b for a, b in zip(over, under)]
    return [min(over) / max(under), statistics.median(over) / statistics.median(under), max(over) / min(under)]


def told(statement, values):
    """The measured figure with its range, and the published one, as text."""
    unit = statement.get("unit", "" if "figure" in statement else "x")
    low, high = interval(values)
    text = f"{short(statistics.median(values))}{unit} ({short(low)} to {short(high)}"
    published = statement.get("published")
    return text + (f"; published {short(published)}{unit})" if published is not None else ")")


def short(figure):
    """A figure in a few digits."""
    if abs(figure) >= 1000:
        return f"{figure:.0f}"
    return f"{figure:.{DIGITS}g}"


def spread(values):
    """The least and the most of a series, and how many figures it has."""
    return [min(values), max(values), len(values)]
