"""The named functions that a definition's mapping may call on one native value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from connectors.functions.durations import duration
from connectors.functions.isbns import isbn
from connectors.functions.languages import language
from connectors.functions.links import first_url, url
from connectors.functions.lists import keywords, names
from connectors.functions.majors import major_code
from connectors.functions.markup import plain_text
from connectors.functions.moments import date, datetime
from connectors.functions.nested import json_in_string, last_segment
from connectors.functions.numbers import boolean, integer, number
from connectors.functions.place import Place
from connectors.functions.regions import institution_code, province_code
from connectors.functions.sizes import size
from connectors.functions.texts import text
from connectors.functions.vcards import vcard_name
from connectors.functions.vocabularies import format_of_media_type, kind_of_type

__all__ = ["FUNCTIONS", "Function", "Place"]


@dataclass(frozen=True, slots=True)
class Function:
    """A function by the name that mappings use, with one line for the documentation in English and in Chinese.

    `call(value, place)` gives the read value or None for an absent one, and raises ValueError that says what is wrong
    and what is expected.
    """

    name: str
    call: Callable[[object, Place], object]
    en: str
    zh: str


_ALL = (
    Function("text", text, "text, trimmed, without control characters", "文本：去除控制字符和首尾空白"),
    Function("plain_text", plain_text, "the text of HTML", "从 HTML 中取出纯文本"),
    Function("datetime", datetime, "a timestamp, as UTC", "时间戳，换算为 UTC"),
    Function("date", date, "a date known to the year, month or day", "精确到年、月或日的日期"),
    Function("duration", duration, "a playing time, in seconds", "时长，以秒计"),
    Function("size", size, "a file size, in bytes", "文件大小，以字节计"),
    Function("url", url, "a repaired and vetted http or https address", "修复并审查后的 http 或 https 地址"),
    Function("first_url", first_url, "the first address among identifiers", "多个标识中的第一个地址"),
    Function("isbn", isbn, "an ISBN, as thirteen digits", "国际标准书号，统一为 13 位"),
    Function("language", language, "a language, as a BCP 47 tag", "语言，统一为 BCP 47 标记"),
    Function("names", names, "several people or bodies in one string", "一个字符串中的多个人名或机构名"),
    Function("keywords", keywords, "several keywords in one string", "一个字符串中的多个关键词"),
    Function("number", number, "a number, such as a rating", "数值，例如评分"),
    Function("integer", integer, "a whole number, 12万 included", "整数，可写作“12万”"),
    Function("boolean", boolean, "yes or no", "是或否"),
    Function("major_code", major_code, "the code of a major, class or category", "专业、专业类或专业大类代码"),
    Function("province_code", province_code, "a province, as two digits of GB/T 2260", "省份，取 GB/T 2260 两位代码"),
    Function("institution_code", institution_code, "the ten digits of an institution", "十位学校（机构）标识码"),
    Function("last_segment", last_segment, "the last segment of an address or path", "地址或路径的最后一段"),
    Function("json_in_string", json_in_string, "the value of JSON that came as a string", "解析以字符串形式给出的 JSON"),
    Function("vcard_name", vcard_name, "the name on a vCard, nothing else of it", "vCard 中的姓名，不取其他内容"),
    Function("kind_of_type", kind_of_type, "the kind that a word of a well-known vocabulary names", "通用类型词表中的词，换算为资源类型"),
    Function("format_of_media_type", format_of_media_type, "the format that a media type names", "媒体类型，换算为文件格式"),
)

FUNCTIONS: Mapping[str, Function] = MappingProxyType({function.name: function for function in _ALL})
