"""The report: one file, well-formed, complete, and safe whatever stands in the data."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from segmentation.model import Model
from segmentation.numeric import NumericFeature
from segmentation.profile import Profile
from tests.support.customers import read, sample_file
from tests.support.models import profile, shopper_model, training_record
from training.clustering.starts import Starts
from training.clustering.sweep import Options
from training.data.dataset import Dataset
from training.job import train
from training.report import html_report
from training.report.charts.frame import STYLE
from training.report.pictures import Pictures, draw, told_apart

VOID = {"meta"}


class Checker(HTMLParser):
    """Collects text, and refuses elements that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.ids: list[str] = []
        self.named: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        told = dict(attrs)
        self.ids += [told["id"] or ""] if "id" in told else []
        self.named += [told[one] or "" for one in ("aria-labelledby", "href") if one in told]

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text.append(data)


def checked(html: str) -> Checker:
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert checker.open == []
    assert len(checker.ids) == len(set(checker.ids))
    assert {one.removeprefix("#") for one in checker.named} <= set(checker.ids)
    return checker


def words(html: str) -> str:
    return " ".join(" ".join(checked(html).text).split())


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return read(sample_file(tmp_path_factory.mktemp("report") / "customers.csv", 200))


@pytest.fixture(scope="module")
def model(dataset: Dataset) -> Model:
    few = Options(starts=Starts.exactly(5), references=3, bootstraps=3)
    return train(dataset, few).with_version("v3")


@pytest.fixture(scope="module")
def pictures(model: Model, dataset: Dataset) -> Pictures:
    return draw(model, dataset)


@pytest.fixture(scope="module")
def html(model: Model, pictures: Pictures) -> str:
    return html_report(model, pictures)


def test_every_segment_is_told_with_its_advice_before_any_criterion(
    model: Model, html: str
) -> None:
    text = words(html)

    for segment in model.segments:
        assert segment.name in text
        assert segment.description in text
        assert f"{segment.size:,} customers, {segment.share:.1%}" in text
        assert text.index(segment.advice) < text.index("Davies-Bouldin")
    assert "Model v3" in text
    assert str(model.training.sha256) in text
    assert "optimum not confirmed" in text


def test_what_sets_a_segment_apart_is_said_in_words(model: Model) -> None:
    first, *others = model.segments
    told = profile(
        features={"gender": {"z": -0.3}, "age": {"z": 1.2}, "annual_income": {"z": 0.05}},
        set_apart_by=["age", "gender", "annual_income"],
    )

    text = words(html_report(replace(model, segments=(replace(first, profile=told), *others))))

    assert "Set apart by Age (far above average), Gender (slightly less often Male)." in text


def test_k_is_given_its_reason_and_every_criterion_its_verdict(model: Model, html: str) -> None:
    choice = model.training.choice
    assert choice

    assert choice.reason in words(html)
    assert html.count("✗ disagrees") == len(choice.disagree)
    assert html.count("✓ agrees") == list(choice.votes.values()).count(model.k)


def test_nothing_is_loaded_from_outside(html: str) -> None:
    assert not re.search(r"https?://|src=|@import|url\(", html)
    assert "script" not in checked(html).seen
    assert "default-src 'none'" in html


def test_pictures_have_a_text_alternative_with_every_value(model: Model, html: str) -> None:
    labels = [unescape(one) for one in re.findall(r'role="img" aria-label="([^"]+)"', html)]

    assert html.count('<svg class="chart"') == len(labels) == 8
    assert html.count("<svg") == len(labels) + html.count('<svg class="symbol"')
    assert html.count('<svg class="symbol"') == html.count('aria-hidden="true"><path class="s')
    scatter, silhouette, elbow = labels[0], labels[1], labels[2]
    assert "200 customers" in scatter
    assert all(f"{one.id} {one.name}" in scatter for one in model.segments)
    assert "The model has k = 6." in silhouette
    for row in model.sweep:
        assert f"k = {row.k}: {row.inertia:,.2f}" in elbow


def test_the_page_follows_light_and_dark_and_paper(html: str) -> None:
    assert html.count("@media screen and (prefers-color-scheme: dark)") == 2
    assert "@media print" in html


def test_the_same_model_and_data_give_the_same_report(
    model: Model, dataset: Dataset, html: str
) -> None:
    assert html_report(model, draw(model, dataset)) == html


def test_names_and_titles_are_text_and_never_markup(model: Model, dataset: Dataset) -> None:
    nasty = '<script>alert("1")</script> & co'
    first, *others = model.segments
    features = tuple(
        replace(one, names=replace(one.names, title=f"{nasty} {one.name}"))
        for one in model.spec.features
    )
    bad = replace(
        model,
        spec=replace(model.spec, title=nasty, features=features),
        segments=(replace(first, name=nasty, description=nasty, advice=nasty), *others),
        training=replace(model.training, address=nasty, warnings=(nasty,), dropped={nasty: 1}),
        libraries={nasty: nasty},
    )

    html = html_report(bad, draw(bad, replace(dataset, spec=bad.spec)))

    assert set(checked(html).seen).isdisjoint({"script"})
    assert '"1"' not in re.sub(r">[^<]*<", "><", html)  # nor does it end an attribute
    assert words(html).count(nasty) > 10


def test_rows_are_accounted_for(model: Model) -> None:
    training = replace(model.training, dropped={"duplicate_id": 1234, "not_text": 1}, left_out=7)

    text = words(html_report(replace(model, training=training)))

    assert "1,235 rows were dropped" in text
    assert "Read 1,435" in text  # 200 + 1,235
    assert "Dropped: the id stood before (duplicate_id) 1,234" in text
    assert "Used 200" in text
    assert "took no part in finding the centres 7" in text


def test_an_unstable_segment_is_told_with_n_and_b(model: Model) -> None:
    first, *others = model.segments
    shaky = replace(first, profile=replace(first.profile, jaccard=0.0))
    steady = [replace(one, profile=replace(one.profile, jaccard=0.75)) for one in others]

    text = words(html_report(replace(model, segments=(shaky, *steady))))

    assert text.count("⚠ not stable: expected 0.75 (n = 200, B = 3); stable does not mean") == 1
    assert text.count("✓ stable") == 5
    assert text.count("this segment may look different") == 1
    before, after = text.split("The segments", 1)
    assert "1 of 6 segments may look different with other customers of the same kind: 0." in before
    assert "Jaccard" not in before
    assert "Jaccard 0.000, expected 0.75 (n = 200, B = 3)" in after


def test_customers_without_clear_groups_are_told_so_first(model: Model) -> None:
    choice = model.training.choice
    assert choice
    votes = {**choice.votes, "gap": 1}
    training = replace(model.training, choice=replace(choice, votes=votes))

    text = words(html_report(replace(model, training=training)))

    assert text.index("may have no clear groups") < text.index("Advice")
    assert "Gap statistic" in text
    assert "no clusters ✗ disagrees" in text


def test_close_to_average_is_marked_in_the_heat_map(model: Model) -> None:
    first, *others = model.segments
    flat = {name: replace(facts, z=-0.04) for name, facts in first.profile.features.items()}

    html = html_report(replace(model, segments=(replace(first, profile=Profile(flat)), *others)))

    row = re.search(rf'<tr>(?:(?!</tr>).)*{first.name}</th>\s*<td class="heat.*?</tr>', html, re.S)
    assert row
    assert row[0].count('class="heat near">−0.04 <small>close to average') == 4


def test_a_model_with_little_to_tell_is_reported_too() -> None:
    # Made by hand: no profiles, one row of the sweep, one-hot categories.
    text = words(html_report(shopper_model("v1")))

    assert "Plan: Basic" in text
    assert "Very High Spend" in text
    assert "its document does not say why" in text
    assert "made from the model document, which holds no customers" in text


def test_a_document_with_nothing_but_segments_is_reported_too(model: Model) -> None:
    bare = replace(
        model, sweep=(), training=training_record(), libraries={}, created_at="once upon a time"
    )
    bare = replace(bare, segments=tuple(replace(one, profile=profile()) for one in bare.segments))

    assert "once upon a time" in words(html_report(bare))


def test_silhouettes_are_those_of_scikit_learn(
    model: Model, dataset: Dataset, pictures: Pictures
) -> None:
    # No scaling in this spec, and no more customers than are drawn: all of them, as they are.
    centroids = np.array([segment.centroid for segment in model.segments])
    labels = ((dataset.encoded[:, None] - centroids) ** 2).sum(axis=2).argmin(axis=1)

    assert (pictures.rows, pictures.of) == (200, 200)
    assert f"mean {silhouette_score(dataset.encoded, labels):.2f}" in pictures.silhouettes


def test_the_features_that_tell_most_are_drawn(pictures: Pictures) -> None:
    assert "Annual Income (k$)" in pictures.scatter
    assert "Spending Score (1-100)" in pictures.scatter
    assert "Age" not in pictures.scatter


def test_what_tells_apart_is_the_part_of_the_variance_between_segments() -> None:
    # means 2 and 5, mean of all 3.5: between 4 x 1.5² = 9, of all 2.5² + 0.5² + 0.5² + 2.5² = 13
    assert told_apart(np.array([1.0, 3, 4, 6]), np.array([0, 0, 1, 1])) == pytest.approx(9 / 13)
    assert told_apart(np.zeros(3), np.array([0, 2, 2])) == 0


def test_one_number_makes_no_scatter(model: Model, dataset: Dataset) -> None:
    numbers = [one for one in model.spec.features if isinstance(one, NumericFeature)][1:]
    spec = replace(
        model.spec, features=tuple(one for one in model.spec.features if one not in numbers)
    )
    narrow = replace(
        model,
        spec=spec,
        columns=model.columns[:2],
        segments=tuple(replace(one, centroid=one.centroid[:2]) for one in model.segments),
    )

    drawn = draw(narrow, replace(dataset, spec=spec, encoded=dataset.encoded[:, :2]))

    assert drawn.scatter == ""
    assert "Where the customers lie" not in html_report(narrow, drawn)


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_what_is_behind_it(html: str, *, dark: bool) -> None:
    colours = palette(html, dark=dark)
    grounds = [colours["page"], colours["card"]]
    for direction in ("above", "below"):
        for percent in re.findall(rf"var\(--{direction}\) (\d+)%", html):
            part = int(percent) / 100
            mixed = zip(colours[direction], colours["page"], strict=True)
            grounds.append([part * one + (1 - part) * other for one, other in mixed])
    assert len(grounds) == 8

    for ground in grounds:
        assert contrast(colours["ink"], ground) >= 4.5
    for name in ("soft", "accent", "warn"):
        assert contrast(colours[name], colours["page"]) >= 4.5
        assert contrast(colours[name], colours["card"]) >= 4.5
    for name in re.findall(r"\.(s\d) ", STYLE):
        assert contrast(colours[name], colours["page"]) >= 3


def palette(html: str, *, dark: bool) -> dict[str, list[float]]:
    """Read the colours as red, green, blue; those of dark stand after those of light."""
    found = {}
    for block in re.findall(r"(@media screen[^{]*\{\s*)?:root \{([^}]*)\}", html):
        if dark or not block[0]:
            for name, hexes in re.findall(r"--(\w+): #(\w{6})", block[1]):
                found[name] = [float(one) for one in bytes.fromhex(hexes)]
    return found


def contrast(one: list[float], other: list[float]) -> float:
    """By the definition of WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: list[float]) -> float:
    parts = [one / 255 for one in colour]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_report_is_one_file_of_moderate_size(html: str) -> None:
    assert len(html.encode()) < 100_000
