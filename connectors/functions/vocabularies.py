"""Words of well-known vocabularies as our codes: kinds of resources, formats of files."""

from collections.abc import Iterator
from itertools import chain

from connectors.functions.place import Place
from connectors.functions.texts import as_text, shown

_KINDS = {
    "course": "course onlinecourse mooc 课程 网络课程 在线课程 精品课程",
    "video": "video movingimage videorecording film lecturevideo 视频 微课 微课视频",
    "document": "document text article journalarticle report technicalreport workingpaper preprint conferencepaper thesis mastersthesis "
    "masterthesis bachelorthesis doctoralthesis narrativetext problemstatement index table 文本 文档 论文",
    "textbook": "textbook 教材 数字教材",
    "book": "book bookchapter bookpart ebook 图书 数字图书",
    "courseware": "courseware presentation slide slides lecture learningobject 课件 教学课件 演示文稿",
    "teaching_case": "case casestudy 案例 教学案例",
    "virtual_training": "simulation interactivesimulation virtuallab 虚拟仿真 虚拟实训 虚拟实验实训",
    "teaching_research_video": "教研视频 在线教研视频",
    "application": "software softwaremultimedia interactiveresource application 软件 工具软件 教学应用与工具",
    "other": "other image stillimage cartographicmaterial map plan sound soundrecording audio musicalscore dataset collection event "
    "service physicalobject exercise questionnaire exam experiment selfassessment diagram figure graph recordinglegal 其他 其它",
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split()}

_OFFICE = "vnd.openxmlformats-officedocument."
_FORMATS = {
    "application/pdf": "pdf",
    "application/msword": "doc",
    f"application/{_OFFICE}wordprocessingml.document": "doc",
    "application/vnd.ms-powerpoint": "ppt",
    f"application/{_OFFICE}presentationml.presentation": "ppt",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/zip": "package",
    "application/x-zip-compressed": "package",
    "application/octet-stream": "application",
    "application/x-msdownload": "application",
}
_FAMILIES = {"video", "audio", "image"}


def kind_of_type(value: object, place: Place) -> str | None:
    """The kind of resource that a word names; of several, the first that says more than `other`.

    Knows the types of Dublin Core (DCMI), DSpace, LOM (5.2), MODS and the Chinese rules of 2024, also as the end of an address.
    Raises ValueError where it knows none of the words.
    """
    words = list(_words(value))
    kinds = [kind for word in words if (kind := _KIND_OF.get(_bare(word))) is not None]
    if words and not kinds:
        raise ValueError(f"{shown(words[0])} is no type that is known here: map it by a table")
    return next((kind for kind in kinds if kind != "other"), kinds[0] if kinds else None)


def format_of_media_type(value: object, place: Place) -> str | None:
    """The format that a media type (RFC 6838) names, of several the first that is known; None where there is none, as in "12 pages"."""
    for word in _words(value):
        media = word.partition(";")[0].strip().lower()
        family, slash, _ = media.partition("/")
        if media in _FORMATS or (slash and family in _FAMILIES):
            return _FORMATS.get(media, family)
    return None


def _words(value: object) -> Iterator[str]:
    elements = value if isinstance(value, list | tuple) else (value,)
    texts = (each.get("#text") if isinstance(each, dict) else each for each in elements)
    return chain.from_iterable([text] if (text := as_text(each)) is not None else [] for each in texts)


def _bare(word: str) -> str:
    return "".join(letter for letter in word.rstrip("/#").rpartition("/")[2].rpartition("#")[2].casefold() if letter.isalnum())
