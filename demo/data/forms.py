"""Kinds of resources and the forms that their titles, formats and lengths take."""

from typing import NamedTuple


class Form(NamedTuple):
    """How a kind of `store/codes.py` is titled and what file it is.

    `titles` have places for `{topic}`, `{number}` and `{person}`; `weight` is its share among all; `seconds` and `kilobytes` are spans.
    """

    kind: str
    weight: int
    titles: tuple[str, ...]
    format: str
    seconds: tuple[int, int] | None = None
    kilobytes: tuple[int, int] | None = None


FORMS = (
    Form("course", 20, ("{topic}", "《{topic}》在线精品课程", "{topic}（双语）", "{topic}与技能训练"), "html", (36_000, 260_000)),
    Form(
        "video",
        26,
        ("{topic}：第{number}讲", "{topic}操作要点（{number}）", "{topic}微课第{number}集"),
        "video",
        (180, 2_700),
        (9_000, 900_000),
    ),
    Form("document", 8, ("{topic}学习指南", "{topic}技能操作手册", "{topic}知识点汇编"), "doc", None, (40, 6_000)),
    Form("textbook", 8, ("{topic}（第{number}版）", "{topic}活页式教材", "{topic}工作手册式教材"), "pdf", None, (3_000, 90_000)),
    Form("book", 3, ("{topic}案例精选", "{topic}技术图册"), "pdf", None, (3_000, 60_000)),
    Form("courseware", 14, ("{topic}教学课件（第{number}章）", "{topic}电子教案", "任务{number} {topic}课件"), "ppt", None, (300, 42_000)),
    Form("teaching_case", 6, ("{topic}教学案例：项目{number}", "{topic}企业真实案例"), "pdf", None, (200, 9_000)),
    Form("virtual_training", 8, ("{topic}虚拟仿真实训", "{topic}数字仿真实训", "{topic}VR实训项目{number}"), "application"),
    Form(
        "teaching_research_video",
        5,
        ("【集体备课】{topic}：{person}", "【教研】{topic}课程建设经验"),
        "video",
        (1_800, 9_000),
        (90_000, 2_600_000),
    ),
    Form("application", 2, ("{topic}在线测评工具", "{topic}智能评分应用"), "application"),
)

SUMMARIES = (
    "本资源围绕{topic}的典型工作任务展开，适用于{major}专业学生和企业员工培训。",
    "以真实项目为载体，讲解{topic}的操作流程、质量要求与安全规范。",
    "<p>{topic}是{major}专业核心课程。</p><p>内容对接职业标准&nbsp;与 1+X 证书要求。</p>",
    "对接岗位需求，{topic}按“任务导入—知识学习—技能训练—考核评价”组织。",
)

LONG_TITLE = (
    "面向智能制造领域高素质技术技能人才培养的{topic}课程“岗课赛证”综合育人模式改革与实践"
    "（含课程标准、教学设计、实训指导书、考核方案及配套数字资源，示例）"
)

HOSTILE_TITLES = (
    "<img src=x onerror=alert('示例')>{topic}",
    "{topic}\u202e例示\u202c（方向控制符示例）",
    "{topic}\u0000\u0008（控制字符示例）",
    "'); DROP TABLE resources;-- {topic}（示例）",
    "{{{{7*7}}}} ${{7*7}} {topic}（模板示例）",
)

ACCESS = {
    "public": "免登录",
    "members": "登录可看",
    "teachers": "教师可看",
    "province": "本省可看",
    "school": "本校可看",
    "restricted": "受限",
}
"""Words of the sources for who may open the content."""
