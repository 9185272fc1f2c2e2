"""The database of a college in the shape of the push standard: pinyin-initial columns, and a view with Chinese names."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import md5
from pathlib import Path

from demo.data.forms import ACCESS
from demo.data.generator import Sample, draw
from demo.data.majors import MAJORS
from demo.data.people import HANGZHOU

COUNT = 300

SCHEMA = """
CREATE TABLE ODS_XXJBSJ (zjsjwyxbs TEXT PRIMARY KEY, xxdm TEXT NOT NULL, xxmc TEXT NOT NULL, sjgjjgdm TEXT, sjcjsj TEXT);
CREATE TABLE ODS_ZYKJBSJ (
  zjsjwyxbs TEXT PRIMARY KEY, xxdm TEXT NOT NULL, zykbh TEXT NOT NULL UNIQUE, zykmc TEXT NOT NULL, sszyh TEXT, zymc TEXT, zysl INTEGER,
  fwlj TEXT
);
CREATE TABLE ODS_SZZYJBSJ (
  zjsjwyxbs TEXT PRIMARY KEY,      -- 主键数据唯一性标识, 32 upper-case characters
  xxdm TEXT NOT NULL,              -- 学校代码
  zybh TEXT NOT NULL UNIQUE,       -- 资源编号
  zymc TEXT NOT NULL,              -- 资源名称
  zyjj TEXT,                       -- 资源简介
  gjc TEXT,                        -- 关键词
  sszyh TEXT,                      -- 所属专业号
  sszymc TEXT,                     -- 所属专业名称
  zyfzrh TEXT,                     -- 资源负责人号
  zyfzrxm TEXT,                    -- 资源负责人姓名
  zyjbm TEXT,                      -- 资源级别码
  zylxm TEXT NOT NULL,             -- 资源类型码
  zykbh TEXT,                      -- 资源库编号
  zyyzm TEXT,                      -- 资源语种码
  zygsm TEXT,                      -- 资源格式码
  zysc INTEGER,                    -- 资源时长, seconds
  zydx INTEGER,                    -- 资源大小, bytes
  zyfwlj TEXT,                     -- 资源访问链接
  zyfmlj TEXT,                     -- 资源封面链接
  kjfw TEXT NOT NULL,              -- 可见范围
  kfjb TEXT NOT NULL,              -- 开放级别
  fwcs INTEGER NOT NULL DEFAULT 0, -- 访问次数
  zypf REAL,                       -- 资源评分
  kfzt TEXT,                       -- 开放状态
  zycjsj TEXT,                     -- 资源创建时间
  zygxsj TEXT,                     -- 资源更新时间
  sjcjsj TEXT,                     -- 数据采集时间
  reportStatus TEXT NOT NULL DEFAULT '0'
);
CREATE INDEX ODS_SZZYJBSJ_zygxsj ON ODS_SZZYJBSJ (zygxsj, zybh);
CREATE VIEW 数字资源总览 AS
  SELECT zybh AS 资源编号, zymc AS 资源名称, sszymc AS 所属专业, zylxm AS 资源类型, zyfzrxm AS 负责人, kjfw AS 可见范围, zygxsj AS 更新时间
  FROM ODS_SZZYJBSJ;
"""

_OWN = MAJORS[:20]
"""The majors that the college keeps a library of."""

TYPES = {
    "course": "01",
    "video": "02",
    "document": "03",
    "textbook": "04",
    "book": "05",
    "courseware": "06",
    "teaching_case": "07",
    "virtual_training": "08",
    "teaching_research_video": "09",
    "application": "10",
}
SCOPES = {
    "public": "公开",
    "members": "登录用户",
    "teachers": "全体教师",
    "province": "本省",
    "school": "本校师生",
    "school_teachers": "本校教师",
}


def build_school(path: Path) -> None:
    """Write the database at `path`, in place of one that is there."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SCHEMA)
        connection.execute(
            "INSERT INTO ODS_XXJBSJ VALUES (?, ?, ?, ?, ?)", (_key("school"), HANGZHOU.code, HANGZHOU.name, "330100", "2026-11-20 18:00:00")
        )
        connection.executemany("INSERT INTO ODS_ZYKJBSJ VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _libraries())
        places = ", ".join("?" * 28)
        rows = (_row(sample) for sample in draw("hangzhou-school", COUNT, (HANGZHOU,), restricted=0.5))
        connection.executemany(f"INSERT INTO ODS_SZZYJBSJ VALUES ({places})", rows)  # noqa: S608 - only question marks are put in


def _libraries() -> Iterator[tuple[object, ...]]:
    for major in _OWN:
        number = f"HZK{major.code}"
        link = f"https://hz.example.com/zyk/{major.code}"
        yield _key(number), HANGZHOU.code, number, f"{major.name}校级资源库（示例）", major.code, major.name, None, link


def _row(sample: Sample) -> tuple[object, ...]:
    number = f"HZ{sample.number:05}"
    updated = sample.updated.strftime("%Y-%m-%d %H:%M:%S") if sample.updated else None
    return (
        _key(number),
        HANGZHOU.code,
        number,
        sample.title,
        sample.summary,
        "，".join(sample.keywords),
        sample.major.code,
        sample.major.name,
        f"T{sample.number % 40:04}",
        "、".join(sample.people) or None,
        "3",
        TYPES[sample.kind],
        f"HZK{sample.major.code}" if sample.major in _OWN else None,
        sample.language,
        sample.format,
        sample.seconds,
        sample.size,
        f"hz.example.com/res/{number}",
        f"//img.hz.example.com/{number}.jpg" if sample.number % 3 else None,
        SCOPES[sample.visibility],
        ACCESS[sample.access],
        sample.views,
        sample.rating,
        ("开放", "即将开放", "已关闭")[sample.number % 3],
        sample.published,
        updated,
        "2026-11-20 23:00:00",
        str(sample.number % 3),
    )


def _key(text: str) -> str:
    """32 characters of [0-9A-F], as the push standard has them."""
    return md5(text.encode(), usedforsecurity=False).hexdigest().upper()
