"""Draws example resources from a seed: the same seed gives the same records on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from demo.data.forms import FORMS, HOSTILE_TITLES, LONG_TITLE, SUMMARIES, Form
from demo.data.majors import MAJORS, Major
from demo.data.people import INSTITUTIONS, PEOPLE, Institution

LATEST = datetime(2026, 11, 20, 18, 0)  # noqa: DTZ001 - sources of this world write local time without a zone
"""The newest update of any example, on a clock in China."""

YEARS = 3
PRIVATE_LEVELS = ("members", "teachers", "province", "school", "school_teachers")
_IMPORTS = tuple(LATEST - timedelta(days=97 * number, hours=2) for number in range(1, 12))
_LICENCES = ("CC BY 4.0", "CC BY-NC-SA 4.0", "CC BY-NC-ND 4.0", "版权所有")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One resource as its source knows it; None where the source does not.

    `visibility` is a level of the mapping (public, members, teachers, province, school, school_teachers), `access` a code of the list
    `access`; times are naive, on a clock in China; `published` is a partial date, and nothing without `updated` has one.
    """

    number: int
    title: str
    kind: str
    topic: str
    major: Major
    institution: Institution | None
    people: tuple[str, ...]
    visibility: str
    access: str
    summary: str | None
    keywords: tuple[str, ...]
    language: str
    licence: str | None
    format: str
    seconds: int | None
    size: int | None
    published: str | None
    updated: datetime | None
    views: int
    rating: float | None


def draw(seed: str, count: int, institutions: Sequence[Institution] = INSTITUTIONS, restricted: float = 0.3) -> tuple[Sample, ...]:
    """Make `count` resources of `institutions`; about the share `restricted` of them is not for everybody."""
    random = Random(seed)
    return tuple(_one(random, number, institutions, restricted) for number in range(1, count + 1))


def _one(random: Random, number: int, institutions: Sequence[Institution], restricted: float) -> Sample:
    form = random.choices(FORMS, [form.weight for form in FORMS])[0]
    major = random.choice(MAJORS)
    topic = random.choice(major.topics)
    people = tuple(random.sample(PEOPLE, random.choices((0, 1, 2, 3), (2, 12, 4, 2))[0]))
    visibility = random.choice(PRIVATE_LEVELS) if random.random() < restricted else "public"
    institution = random.choice(institutions) if visibility != "public" or random.random() < 0.95 else None
    updated = random.choice(_IMPORTS) if random.random() < 0.2 else LATEST - timedelta(seconds=random.randrange(YEARS * 365 * 86_400))
    dated = random.random() < 0.97
    return Sample(
        number=number,
        title=_title(random, number, form, topic),
        kind=form.kind,
        topic=topic,
        major=major,
        institution=institution,
        people=people,
        visibility=visibility,
        access=_access(random, visibility),
        summary=random.choice(SUMMARIES).format(topic=topic, major=major.name) if random.random() < 0.8 else None,
        keywords=tuple(dict.fromkeys((topic, major.name, *random.sample(("1+X证书", "课程思政", "技能大赛", "校企合作", "双高计划"), 2)))),
        language=random.choices(("zh", "en", "ru", "ug"), (92, 5, 2, 1))[0],
        licence=random.choice(_LICENCES) if random.random() < 0.6 else None,
        format=form.format,
        seconds=random.randint(*form.seconds) if form.seconds and random.random() < 0.9 else None,
        size=random.randint(*form.kilobytes) * 1024 + random.randrange(1024) if form.kilobytes and random.random() < 0.9 else None,
        published=_published(random, updated) if dated and random.random() < 0.85 else None,
        updated=updated if dated else None,
        views=int(random.paretovariate(0.9) * 40),
        rating=round(random.triangular(2.5, 5.0, 4.6), 1) if random.random() < 0.7 else None,
    )


def _title(random: Random, number: int, form: Form, topic: str) -> str:
    if number % 211 == 17:
        return HOSTILE_TITLES[number // 211 % len(HOSTILE_TITLES)].format(topic=topic)
    if number % 149 == 23:
        return LONG_TITLE.format(topic=topic)
    return random.choice(form.titles).format(topic=topic, number=random.randint(1, 16), person=random.choice(PEOPLE))


def _access(random: Random, visibility: str) -> str:
    if visibility == "public":
        return "members" if random.random() < 0.2 else "public"
    return "restricted" if visibility == "school_teachers" else visibility


def _published(random: Random, updated: datetime) -> str:
    day = updated - timedelta(days=random.randint(0, 900))
    return day.strftime(random.choice(("%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%d")))
