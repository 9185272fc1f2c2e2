"""A portal with the national portal's interface: its bucket and field names, and its faults in links, numbers and totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.data.forms import ACCESS
from demo.data.generator import Sample, draw
from demo.data.majors import MAJORS
from demo.data.people import INSTITUTIONS

COUNT = 2000
MOST = 500
"""The largest page; a larger one is refused in a 200 with an error inside, as portals do."""

_FIRST_ID = 572_553_304_968_331_264
"""Eighteen digits, beyond 2^53, sent as JSON numbers."""

_BUCKETS = {
    "course": ("index_zxjpk", "kcmc"),
    "video": ("index_spgkk", "kcmc"),
    "textbook": ("index_jck", "jcmc"),
    "virtual_training": ("index_xnfzk", "ziymc"),
    "teaching_research_video": ("index_jsnl", "ztmc"),
}
_LIBRARY_BUCKET = ("index_zyzyk", "ziymc")
_TYPES = {
    "document": "图文资料",
    "book": "数字图书",
    "courseware": "教学课件",
    "teaching_case": "教学案例",
    "application": "教学应用与工具",
}
_LEVELS = {"public": "0", "members": "1", "teachers": "2", "province": "3", "school": "4", "school_teachers": "5"}
_STAMP = "%Y-%m-%d %H:%M:%S"
_CHINA = ZoneInfo("Asia/Shanghai")
_FORMATS = {"html": "HTML", "video": "MP4", "doc": "DOCX", "pdf": "PDF", "ppt": "PPTX", "application": "EXE"}
_PLATFORMS = ("示例智慧职教", "示例学堂", "示例虚拟仿真实训中心", "示例教师能力提升中心")


def portal() -> Starlette:
    """The application: home buckets, the harvest list, libraries and institutions."""
    return Starlette(
        routes=[
            Route("/gjzyjy/index/getData", _home, methods=["POST"]),
            Route("/gjzyjy/zyk/list", _resources, methods=["POST"]),
            Route("/gjzyjy/zyk/libraries", _libraries, methods=["POST"]),
            Route("/gjzyjy/zyk/libraries/{id}", _library, methods=["GET"]),
            Route("/gjzyjy/xx/list", _institutions, methods=["POST"]),
        ]
    )


@lru_cache(maxsize=1)
def items() -> tuple[Mapping[str, Any], ...]:
    """What the portal knows, newest first; rows without a time come last."""
    samples = draw("national-portal", COUNT)
    # A number is unique in its bucket only: some are also the number of another bucket's item.
    twins = {one.number for one, next_one in pairwise(samples) if one.number % 40 == 0 and _bucket(one) != _bucket(next_one)}
    drawn = [_item(sample, sample.number + (sample.number in twins)) for sample in samples]
    return tuple(sorted(drawn, key=lambda item: (item["gxsj"] or "", item["id"]), reverse=True))


@lru_cache(maxsize=1)
def libraries() -> tuple[Mapping[str, Any], ...]:
    """A 专业教学资源库 for every major."""
    held = [item["zykid"] for item in items()]
    return tuple(
        {
            "id": f"zyk{major.code}",
            "zykmc": f"{major.name}专业教学资源库（示例）",
            "zydm": major.code,
            "zymc": major.name,
            "xxdm": INSTITUTIONS[number % len(INSTITUTIONS)].code,
            "zcdwmc": INSTITUTIONS[number % len(INSTITUTIONS)].name,
            "zysl": str(held.count(f"zyk{major.code}")),
            "fwdz": f"//zyk.example.com/lib/{major.code}",
        }
        for number, major in enumerate(MAJORS)
    )


def _bucket(sample: Sample) -> tuple[str, str]:
    return _BUCKETS.get(sample.kind, _LIBRARY_BUCKET)


def _item(sample: Sample, number: int) -> Mapping[str, Any]:
    bucket, title = _bucket(sample)
    lead = sample.institution
    return {
        "id": _FIRST_ID + number * 1_024,
        "bucket": bucket,
        title: sample.title,
        "zylx": _TYPES.get(sample.kind, ""),
        "fwdz" if sample.number % 3 else "tzlj": _link(sample),
        "ly": _PLATFORMS[sample.number % len(_PLATFORMS)],
        "xxdm": lead.code if lead else None,
        "sfdm": f"{lead.province}0000" if lead else "",
        "xxmc" if sample.number % 2 else "zcdwmc": lead.name if lead else "",
        "jsxm": "、".join(sample.people),
        "zy": sample.major.name,
        "zydm": sample.major.code if sample.number % 9 else "",
        "jb": "国家级",
        "fm" if sample.number % 2 else "fmdz": f"//img.example.com/cover/{sample.number}.jpg" if sample.number % 5 else "",
        "jj": sample.summary,
        "gjc": ";".join(sample.keywords),
        "yz": {"zh": "中文", "en": "英语", "ru": "俄语", "ug": "维吾尔语"}[sample.language],
        "xkxy": sample.licence or "",
        "zysc": _clock(sample.seconds),
        "wjdx": f"{sample.size / 1_048_576:.2f}MB" if sample.size else "-",
        "wjgs": _FORMATS[sample.format],
        "kfjb": ACCESS[sample.access],
        "kjfw": _LEVELS[sample.visibility],
        "kksj": sample.published or "0000-00-00",
        "gxsj": sample.updated.strftime(_STAMP) if sample.updated else None,
        "zykid": f"zyk{sample.major.code}" if bucket == _LIBRARY_BUCKET[0] else None,
    }


def _link(sample: Sample) -> str:
    match sample.number % 7:
        case 0:
            return f"zyk.example.com/course/detail?id={sample.number}"
        case 1:
            return f"//mooc.example.com/course/{sample.number}"
        case 2 if sample.kind == "virtual_training":
            return f"203.0.113.7:8181/webclient/?appliId={_FIRST_ID + sample.number}"
        case 2 | 3:
            return f"https://xnfz.example.com/open?id={sample.number}&page=1×tamp=1746860910869"
        case _:
            return f"https://www.example.com/zyk/{sample.number}"


def _clock(seconds: int | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


async def _home(_request: Request) -> Response:
    content: dict[str, list[Mapping[str, Any]]] = {bucket: [] for bucket, _ in (_LIBRARY_BUCKET, *_BUCKETS.values())}
    for item in items():
        if item["kjfw"] == "0" and len(content[item["bucket"]]) < 5:
            content[item["bucket"]].append(item)
    return _answer({"content": content})


async def _resources(request: Request) -> Response:
    asked = await _asked(request)
    found: Sequence[Mapping[str, Any]] = items()
    if since := asked.get("since"):
        try:
            moment = datetime.fromisoformat(str(since))
            after = (moment.astimezone(_CHINA) if moment.tzinfo else moment).strftime(_STAMP)
        except ValueError:
            return _refusal("since 格式错误")
        found = [item for item in found if item["gxsj"] is None or item["gxsj"] >= after]
    return _page(found, asked)


async def _libraries(request: Request) -> Response:
    return _page(libraries(), await _asked(request))


async def _library(request: Request) -> Response:
    wanted = request.path_params["id"]
    found = next((library for library in libraries() if library["id"] == wanted), None)
    return (
        _answer({"success": True, "code": 0, "content": found}) if found else _answer({"success": False, "code": 404, "msg": "不存在"}, 404)
    )


async def _institutions(request: Request) -> Response:
    rows = [{"xxdm": each.code, "xxmc": each.name, "sfdm": f"{each.province}0000"} for each in INSTITUTIONS]
    return _page(rows, await _asked(request))


async def _asked(request: Request) -> Mapping[str, Any]:
    try:
        asked = orjson.loads(await request.body() or b"{}")
    except orjson.JSONDecodeError as error:
        raise HTTPException(400) from error
    if not isinstance(asked, dict):
        raise HTTPException(400)
    return asked


def _page(found: Sequence[Mapping[str, Any]], asked: Mapping[str, Any]) -> Response:
    """`{page, size}`, pages counted from 1; the total is a string."""
    try:
        page, size = int(asked.get("page", 1)), int(asked.get("size", 20))
    except (TypeError, ValueError):
        return _refusal("参数错误")
    if page < 1 or not 1 <= size <= MOST:
        return _refusal(f"page 从 1 开始，size 不超过 {MOST}")
    rows = found[(page - 1) * size : page * size]
    return _answer({"success": True, "code": 0, "content": {"total": str(len(found)), "page": page, "size": size, "list": list(rows)}})


def _refusal(message: str) -> Response:
    return _answer({"success": False, "code": -100, "msg": message})


def _answer(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
