"""Huiju's own closed code lists with their Chinese and English labels; a list may grow, a code never changes its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Label(NamedTuple):
    """What people read for a code."""

    zh: str
    en: str


TIERS: Mapping[str, Label] = {
    "national": Label("国家级", "National"),
    "provincial": Label("省级", "Provincial"),
    "school": Label("校级", "School"),
}

KINDS: Mapping[str, Label] = {
    "course": Label("网络课程", "Online course"),
    "video": Label("视频", "Video"),
    "document": Label("图文资料", "Document"),
    "textbook": Label("数字教材", "Digital textbook"),
    "book": Label("数字图书", "Digital book"),
    "courseware": Label("教学课件", "Courseware"),
    "teaching_case": Label("教学案例", "Teaching case"),
    "virtual_training": Label("虚拟实验实训", "Virtual experiment or training"),
    "teaching_research_video": Label("在线教研视频", "Teaching-research video"),
    "application": Label("教学应用与工具", "Teaching application or tool"),
    "other": Label("其他资源", "Other resource"),
}
"""Resource kinds of 教科信厅〔2024〕1号 and 2号, with video, document and other beside them."""

ACCESS: Mapping[str, Label] = {
    "public": Label("公开", "Open to everybody"),
    "members": Label("登录后可看", "Open to signed-in members"),
    "teachers": Label("教师可看", "Open to teachers"),
    "province": Label("本省可看", "Open within the province"),
    "school": Label("本校可看", "Open within the school"),
    "restricted": Label("限制访问", "Restricted"),
}
"""Who may open the content, widest first."""

LANGUAGES: Mapping[str, Label] = {
    "zh": Label("中文", "Chinese"),
    "en": Label("英语", "English"),
    "ja": Label("日语", "Japanese"),
    "ko": Label("韩语", "Korean"),
    "ru": Label("俄语", "Russian"),
    "de": Label("德语", "German"),
    "fr": Label("法语", "French"),
    "es": Label("西班牙语", "Spanish"),
    "bo": Label("藏语", "Tibetan"),
    "ug": Label("维吾尔语", "Uyghur"),
    "mn": Label("蒙古语", "Mongolian"),
}

CREATOR_ROLES: Mapping[str, Label] = {
    "author": Label("作者", "Author"),
    "editor": Label("主编", "Editor"),
    "teacher": Label("主讲教师", "Teacher"),
    "publisher": Label("出版者", "Publisher"),
    "lead": Label("牵头单位", "Lead institution"),
}

FORMATS: Mapping[str, Label] = {
    "video": Label("视频", "Video"),
    "audio": Label("音频", "Audio"),
    "pdf": Label("PDF 文档", "PDF document"),
    "doc": Label("Word 文档", "Word document"),
    "ppt": Label("演示文稿", "Slides"),
    "html": Label("网页", "Web page"),
    "image": Label("图片", "Image"),
    "package": Label("课件包", "Content package"),
    "application": Label("应用程序", "Application"),
}

LIVE_STATUS: Mapping[str, Label] = {
    "open": Label("开放中", "Open"),
    "upcoming": Label("即将开课", "Upcoming"),
    "closed": Label("已结束", "Closed"),
}

ROLES: Mapping[str, Label] = {
    "student": Label("学生", "Student"),
    "teacher": Label("教师", "Teacher"),
    "developer": Label("开发者", "Developer"),
    "school_admin": Label("学校管理员", "School administrator"),
    "province_admin": Label("省级管理员", "Provincial administrator"),
    "national_admin": Label("国家级管理员", "National administrator"),
    "system_admin": Label("系统管理员", "System administrator"),
    "security_admin": Label("安全管理员", "Security administrator"),
    "audit_admin": Label("审计管理员", "Audit administrator"),
}
"""What people are."""

WITHDRAWAL_REASONS: Mapping[str, Label] = {
    "rights": Label("权利人主张", "Claim of the owner of rights"),
    "personal_data": Label("涉及个人信息", "Personal data"),
    "unlawful": Label("内容违法违规", "Unlawful content"),
    "wrong": Label("内容有误", "Wrong content"),
    "outdated": Label("内容过时", "Outdated content"),
    "requested": Label("来源单位要求", "Asked for by its source"),
}
"""Why people withdraw a record (下架原因)."""

FACETS: Mapping[str, Label] = {
    "tier": Label("层级", "Tier"),
    "kind": Label("资源类型", "Kind"),
    "province": Label("省份", "Province"),
    "institution": Label("院校", "Institution"),
    "library": Label("资源库", "Library"),
    "source": Label("来源", "Source"),
    "major_category": Label("专业大类", "Major category"),
    "major": Label("专业", "Major"),
    "language": Label("语言", "Language"),
    "license": Label("许可", "Licence"),
    "access": Label("开放范围", "Access"),
    "year": Label("年份", "Year"),
}
"""What is counted by value."""

SUGGESTIONS: Mapping[str, Label] = {
    "term": Label("词语", "Term"),
    "library": Label("资源库", "Library"),
}

SCHEMES: Mapping[str, Mapping[str, Label]] = {
    "tier": TIERS,
    "kind": KINDS,
    "access": ACCESS,
    "language": LANGUAGES,
    "creator-role": CREATOR_ROLES,
    "format": FORMATS,
    "live-status": LIVE_STATUS,
    "suggestion": SUGGESTIONS,
    "role": ROLES,
    "withdrawal-reason": WITHDRAWAL_REASONS,
}
"""Code lists by name."""


def label(scheme: str, value: str) -> Label:
    """The label of a code; a code from outside the list is its own label."""
    return SCHEMES[scheme].get(value) or Label(value, value)
