"""A provincial repository that is harvested by OAI-PMH 2.0, in LOM: a 资源库 is a set, and deletions are told."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.data.forms import ACCESS
from demo.data.generator import Sample, draw
from demo.data.majors import MAJORS
from demo.data.people import INSTITUTIONS, Institution

COUNT, DELETED = 500, 20
PAGE = 100
HERE = tuple(institution for institution in INSTITUTIONS if institution.province == "33")

_CHINA = ZoneInfo("Asia/Shanghai")
_STAMP = "%Y-%m-%dT%H:%M:%SZ"
_EARLIEST = "2023-01-01T00:00:00Z"
"""Also the stamp of records whose change nobody noted."""

_TYPES = {
    "course": "在线课程",
    "video": "微课视频",
    "document": "文本",
    "textbook": "教材",
    "book": "图书",
    "courseware": "演示文稿",
    "teaching_case": "案例",
    "virtual_training": "虚拟仿真",
    "teaching_research_video": "教研视频",
    "application": "工具软件",
}
_MEDIA = {
    "html": "text/html",
    "video": "video/mp4",
    "doc": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "ppt": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application": "application/octet-stream",
}
_LEVELS = {
    "public": "公开",
    "members": "登录用户可见",
    "teachers": "教师可见",
    "province": "本省可见",
    "school": "本校可见",
    "school_teachers": "本校教师可见",
}
_NEEDED = {"ListRecords": {"metadataPrefix"}, "ListIdentifiers": {"metadataPrefix"}, "GetRecord": {"identifier", "metadataPrefix"}}
_TAKEN = {
    "ListRecords": {"metadataPrefix", "from", "until", "set", "resumptionToken"},
    "ListIdentifiers": {"metadataPrefix", "from", "until", "set", "resumptionToken"},
    "GetRecord": {"identifier", "metadataPrefix"},
    "ListMetadataFormats": {"identifier"},
    "ListSets": set(),
    "Identify": set(),
}


class Kept(NamedTuple):
    """A record of the repository, written already; `metadata` is None where it was deleted."""

    identifier: str
    stamp: str
    set: str
    metadata: str | None

    @property
    def header(self) -> str:
        status = ' status="deleted"' if self.metadata is None else ""
        within = f"<setSpec>{self.set}</setSpec>"
        return f"<header{status}><identifier>{self.identifier}</identifier><datestamp>{self.stamp}</datestamp>{within}</header>"

    @property
    def record(self) -> str:
        metadata = f"<metadata>{self.metadata}</metadata>" if self.metadata is not None else ""
        return f"<record>{self.header}{metadata}</record>"


def zhejiang() -> Starlette:
    """The application: one address for the six verbs."""
    return Starlette(routes=[Route("/oai", _oai, methods=["GET", "POST"])])


@lru_cache(maxsize=1)
def records() -> tuple[Kept, ...]:
    """What the repository knows, oldest first."""
    samples = draw("zhejiang", COUNT + DELETED, HERE)
    every = (COUNT + DELETED) // DELETED
    return tuple(
        sorted((_kept(sample, deleted=sample.number % every == 0) for sample in samples), key=lambda kept: (kept.stamp, kept.identifier))
    )


def _kept(sample: Sample, *, deleted: bool) -> Kept:
    updated = sample.updated.replace(tzinfo=_CHINA).astimezone(UTC).strftime(_STAMP) if sample.updated else _EARLIEST
    return Kept(f"oai:zyk.zj.example.com:{sample.number:06}", updated, _set_of(sample), None if deleted else _lom(sample))


def _set_of(sample: Sample) -> str:
    return f"zyk{MAJORS[MAJORS.index(sample.major) // 3 * 3].code}"


def _lom(sample: Sample) -> str:
    """IEEE 1484.12.3; elements in the order of the standard, those without a value left out."""
    return (
        '<lom xmlns="http://ltsc.ieee.org/xsd/LOM">'
        f"{_general(sample)}{_life_cycle(sample)}{_meta_metadata(sample)}{_technical(sample)}"
        f"<educational><learningResourceType>{_vocabulary(_TYPES[sample.kind], '浙江资源类型')}</learningResourceType></educational>"
        f"{_rights(sample)}"
        f"<annotation>{_tag('description', _string(_LEVELS[sample.visibility]))}</annotation>"
        f"<classification><purpose>{_vocabulary('discipline')}</purpose><taxonPath>"
        f"{_tag('source', _string('职业教育专业目录（2021年）'))}"
        f"<taxon><id>{sample.major.code}</id>{_tag('entry', _string(sample.major.name))}</taxon></taxonPath></classification></lom>"
    )


def _general(sample: Sample) -> str:
    identifiers = [("ZJZYK", f"{sample.number:06}"), *((("xxdm", sample.institution.code),) if sample.institution else ())]
    named = "".join(f"<identifier><catalog>{catalog}</catalog><entry>{entry}</entry></identifier>" for catalog, entry in identifiers)
    english = _string(f"Example resource {sample.number}", "en") if sample.number % 10 == 0 else ""
    summary = _tag("description", _string(sample.summary)) if sample.summary else ""
    keywords = "".join(_tag("keyword", _string(word)) for word in sample.keywords)
    title = _tag("title", english + _string(sample.title))
    return _tag("general", f"{named}{title}{_tag('language', sample.language)}{summary}{keywords}")


def _life_cycle(sample: Sample) -> str:
    roles = ("author", *("editor",) * len(sample.people))
    people = "".join(
        _tag("contribute", _tag("role", _vocabulary(role)) + _tag("entity", _card(name, sample.institution)))
        for role, name in zip(roles, sample.people, strict=False)
    )
    return _tag("lifeCycle", people) if people else ""


def _meta_metadata(sample: Sample) -> str:
    holder = _tag("entity", _card(sample.institution.name, None)) if sample.institution else ""
    date = f"<date><dateTime>{sample.published}</dateTime></date>" if sample.published else ""
    return _tag("metaMetadata", _tag("contribute", _tag("role", _vocabulary("creator")) + holder + date))


def _technical(sample: Sample) -> str:
    size = _tag("size", str(sample.size)) if sample.size else ""
    location = f"https://zyk.zj.example.com/resource?id={sample.number}&amp;from=oai"
    length = f"<duration><duration>PT{sample.seconds // 60}M{sample.seconds % 60}S</duration></duration>" if sample.seconds else ""
    return f"<technical><format>{_MEDIA[sample.format]}</format>{size}<location>{location}</location>{length}</technical>"


def _rights(sample: Sample) -> str:
    licence = _tag("description", _string(sample.licence)) if sample.licence else ""
    return _tag("rights", _tag("copyrightAndOtherRestrictions", _vocabulary(ACCESS[sample.access], "浙江开放方式")) + licence)


def _card(name: str, institution: Institution | None) -> str:
    """A vCard 3.0 with folded lines, with contact data that nobody may harvest."""
    organisation = f"ORG:{institution.name}\r\n" if institution else ""
    return f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\n{organisation}EMAIL:example@zj.example.com\r\nTEL:0571-00000000\r\nEND:VCARD"


def _vocabulary(value: str, source: str = "LOMv1.0") -> str:
    return f"<source>{source}</source><value>{value}</value>"


def _string(text: str, language: str = "zh-CN") -> str:
    return f'<string language="{language}">{escape(text, quote=False)}</string>'


def _tag(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"


async def _oai(request: Request) -> Response:
    asked = list(request.query_params.multi_items())
    if request.method == "POST":
        asked += [(name, str(value)) for name, value in (await request.form()).multi_items()]
    arguments = dict(asked)
    verb = arguments.pop("verb", "")
    if verb not in _TAKEN:
        return _error("badVerb", "verb 错误")
    missing = set() if "resumptionToken" in arguments else _NEEDED.get(verb, set()) - arguments.keys()
    if len(asked) != len(arguments) + 1 or missing or not arguments.keys() <= _TAKEN[verb]:
        return _error("badArgument", "参数错误")
    if arguments.get("metadataPrefix", "lom") != "lom":
        return _error("cannotDisseminateFormat", "只提供 lom")
    match verb:
        case "Identify":
            return _answer(verb, _IDENTITY)
        case "ListMetadataFormats":
            return _answer(verb, _FORMAT)
        case "ListSets":
            return _answer(verb, "".join(_sets()))
        case "GetRecord":
            found = next((kept for kept in records() if kept.identifier == arguments["identifier"]), None)
            return _answer(verb, found.record) if found is not None else _error("idDoesNotExist", "没有这条记录")
    return _list(verb, arguments)


_IDENTITY = (
    "<repositoryName>浙江省职业教育资源库（示例）</repositoryName><baseURL>http://127.0.0.1:8102/oai</baseURL>"
    "<protocolVersion>2.0</protocolVersion><adminEmail>example@zj.example.com</adminEmail>"
    f"<earliestDatestamp>{_EARLIEST}</earliestDatestamp><deletedRecord>persistent</deletedRecord>"
    "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity>"
)
_FORMAT = (
    "<metadataFormat><metadataPrefix>lom</metadataPrefix><schema>http://ltsc.ieee.org/xsd/lomv1.0/lom.xsd</schema>"
    "<metadataNamespace>http://ltsc.ieee.org/xsd/LOM</metadataNamespace></metadataFormat>"
)


def _sets() -> Iterable[str]:
    sizes = Counter(kept.set for kept in records() if kept.metadata is not None)
    for major in MAJORS[::3]:
        spec = f"zyk{major.code}"
        yield (
            f"<set><setSpec>{spec}</setSpec><setName>{major.name}专业群教学资源库（示例）</setName><setDescription>"
            '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<dc:identifier>https://zyk.zj.example.com/lib/{spec}</dc:identifier><dc:subject>{major.code}</dc:subject>"
            f"<dc:subject>{major.name}</dc:subject><dc:extent>{sizes[spec]}</dc:extent></oai_dc:dc></setDescription></set>"
        )


def _list(verb: str, arguments: Mapping[str, str]) -> Response:
    start, low, high, within = 0, arguments.get("from", ""), arguments.get("until", ""), arguments.get("set", "")
    if "resumptionToken" in arguments:
        try:
            start, low, high, within = orjson.loads(urlsafe_b64decode(arguments["resumptionToken"]))
        except (ValueError, TypeError):
            return _error("badResumptionToken", "翻页标记无效")
    if not all(_is_stamp(each) for each in (low, high) if each) or (low and high and len(low) != len(high)):
        return _error("badArgument", "日期格式错误")
    found = [
        kept
        for kept in records()
        if kept.stamp[: len(low)] >= low and (not high or kept.stamp[: len(high)] <= high) and within in {"", kept.set}
    ]
    page: Sequence[Kept] = found[start : start + PAGE]
    if not page:
        return _error("noRecordsMatch", "没有符合条件的记录")
    rows = "".join(kept.record if verb == "ListRecords" else kept.header for kept in page)
    if len(found) <= PAGE:
        return _answer(verb, rows)
    after = start + PAGE
    token = urlsafe_b64encode(orjson.dumps([after, low, high, within])).decode() if after < len(found) else ""
    return _answer(verb, f'{rows}<resumptionToken completeListSize="{len(found)}" cursor="{start}">{token}</resumptionToken>')


def _is_stamp(text: str) -> bool:
    for form in ("%Y-%m-%d", _STAMP):
        try:
            datetime.strptime(text, form)  # noqa: DTZ007 - only the form is looked at
        except ValueError:
            continue
        return True
    return False


def _error(code: str, message: str) -> Response:
    return _envelope(f'<error code="{code}">{message}</error>')


def _answer(verb: str, content: str) -> Response:
    return _envelope(_tag(verb, content))


def _envelope(body: str) -> Response:
    now = datetime.now(UTC).strftime(_STAMP)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        f"<responseDate>{now}</responseDate><request>http://127.0.0.1:8102/oai</request>{body}</OAI-PMH>"
    )
    return Response(text, media_type="text/xml")
