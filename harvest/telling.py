"""Checks and registered sources as text for a terminal, in Chinese or English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from harvest.checking import CollectionCheck, SourceCheck
from harvest.findings import Finding
from harvest.registration import Listed
from harvest.samples import Pair
from store.harvests import HarvestRun
from store.replay import Spoilt

Language = Literal["zh", "en"]

COLUMN = 52
"""Columns of one native value in a sample; of a record's value too."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")

_WORDS: Mapping[str, tuple[str, str]] = {
    "usable": ("可用", "usable"),
    "unusable": ("不可用：请先修正标有 ✗ 的问题", "not usable: mend what is marked ✗ first"),
    "problems": ("问题", "problems"),
    "value": ("值", "value"),
    "fix": ("处理", "fix"),
    "items": ("条", "items"),
    "pages": ("页", "pages"),
    "total": ("来源称共", "the source counts"),
    "whole": ("已读到末尾", "read to its end"),
    "each": ("秒一页", "s a page"),
    "capabilities": ("能力", "capabilities"),
    "holds": ("成立", "holds"),
    "broken": ("不成立", "does not hold"),
    "unproven": ("样例不足以判断", "the sample cannot tell"),
    "coverage": ("各字段的填充率", "filled, by field"),
    "unmapped": ("未映射", "not mapped"),
    "visibility": ("谁能看到", "seen by"),
    "unknown": ("对照表不认识的值", "values that tables do not know"),
    "samples": ("来源条目与记录", "native items and records"),
    "pub": ("所有人", "everybody"),
    "none": ("没有人", "nobody"),
    "resources": ("资源", "resources"),
    "libraries": ("资源库", "libraries"),
    "institutions": ("学校", "institutions"),
    "live": ("实时信息", "live details"),
    "name": ("名称", "name"),
    "tier": ("层级", "tier"),
    "kind": ("接口", "kind"),
    "mode": ("方式", "mode"),
    "records": ("记录", "records"),
    "last": ("上次收割", "last run"),
    "next": ("下次收割", "next due"),
    "state": ("状态", "state"),
    "served": ("已载入", "loaded"),
    "waiting": ("重启后载入", "loaded at the next start"),
    "removed": ("定义已移走", "its definition was taken away"),
    "wrong": ("定义有误", "its definition is wrong"),
    "nothing": ("没有已登记的来源", "there are no registered sources"),
    "file": ("文件", "file"),
    "key": ("编号", "key"),
    "title": ("标题", "title"),
    "complete": ("上次完整收割", "last complete run"),
    "numbers": ("上次收割结果", "what it did"),
    "error": ("上次收割的错误", "its error"),
}


def check_text(check: SourceCheck, lang: Language) -> str:
    """A check: what was read, then every problem, the verdict last, where a terminal stops."""
    lines = [_plain(f"{check.name}  {check.title}".rstrip())]
    for collection in check.collections:
        lines += ["", *_collection_lines(collection, lang)]
    if check.findings:
        lines += ["", f"{_say('problems', lang)}  {len(check.findings)}"]
        lines += [line for each in check.findings for line in _finding_lines(each, lang)]
    lines += ["", f"{check.name}: {_say('usable' if check.usable else 'unusable', lang)}"]
    return "\n".join(lines)


def list_text(listed: Sequence[Listed], lang: Language) -> str:
    """The registered sources, one line each."""
    if not listed:
        return _say("nothing", lang)
    head = tuple(_say(word, lang) for word in ("name", "tier", "kind", "mode", "records", "last", "next", "state"))
    rows = [head]
    for each in listed:
        run = each.last_run
        last, due = (_moment(run.started), _moment(run.next_due)) if run is not None else ("-", "-")
        records = str(each.records) if each.mode != "live" else "-"
        rows.append((each.name, each.tier or "-", each.connector or "-", each.mode or "-", records, last, due, state(each, lang)))
    widths = [max(_columns(row[place]) for row in rows) for place in range(len(head))]
    return "\n".join("  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def show_text(listed: Listed, lang: Language) -> str:
    """One registered source, one fact on a line."""
    run = listed.last_run
    facts: list[tuple[str, object]] = [
        ("name", listed.name),
        ("title", listed.title),
        ("file", listed.file),
        ("state", state(listed, lang)),
        ("key", listed.key),
        ("tier", listed.tier),
        ("kind", listed.connector),
        ("mode", listed.mode),
        ("records", listed.records if listed.mode != "live" else None),
        ("complete", _moment(listed.complete_at) if listed.complete_at is not None else None),
    ]
    if run is not None:
        facts += [("last", _moment(run.started)), ("numbers", _numbers(run, lang)), ("error", run.error), ("next", _moment(run.next_due))]
    told = [(_say(word, lang), str(value)) for word, value in facts if value is not None]
    width = max(_columns(word) for word, _ in told)
    return "\n".join(f"{_padded(word, width)}  {_plain(value)}" for word, value in told)


def run_line(run: HarvestRun, lang: Language) -> str:
    """One run on a line."""
    seconds = f"{(run.finished - run.started).total_seconds():.1f} s" if run.finished is not None else "…"
    ended = _plain(run.error) if run.error is not None else ""
    return f"{_moment(run.started)}  {seconds:>9}  {_numbers(run, lang)}  {ended}".rstrip()


def quarantine_line(item: Spoilt) -> str:
    """One item in quarantine on a line."""
    key = item.key.replace(chr(31), " / ") if item.key is not None else "-"
    return _plain(f"{_moment(item.at)}  {item.collection}  {key}  {item.reason}")


def _numbers(run: HarvestRun, lang: Language) -> str:
    return {
        "zh": f"读取 {run.seen}，变更 {run.changed}，删除 {run.gone}，隔离 {run.quarantined}",
        "en": f"{run.seen} seen, {run.changed} changed, {run.gone} gone, {run.quarantined} in quarantine",
    }[lang]


def state(listed: Listed, lang: Language) -> str:
    """Whether a server has opened the definition."""
    if listed.problems:
        return f"{_say('wrong', lang)} ({listed.problems})"
    return _say("removed" if listed.file is None else "served" if listed.current else "waiting", lang)


def _finding_lines(found: Finding, lang: Language) -> Iterator[str]:
    words, fix = (found.zh, found.fix_zh) if lang == "zh" else (found.en, found.fix_en)
    yield f"  {'✗' if found.blocks else '!'} {found.place}  [{found.rule}]"
    yield f"      {_plain(words)}"
    if found.value is not None:
        yield f"      {_say('value', lang)}: {_cut(found.value, 2 * COLUMN)}"
    yield f"      {_say('fix', lang)}: {_plain(fix)}"


def _collection_lines(check: CollectionCheck, lang: Language) -> Iterator[str]:
    facts = [f"{check.items} {_say('items', lang)}", f"{check.batches} {_say('pages', lang)}", f"{check.seconds:g} {_say('each', lang)}"]
    if check.total is not None:
        facts.append(f"{_say('total', lang)} {check.total}")
    if check.ended:
        facts.append(_say("whole", lang))
    yield f"{_say(check.collection, lang)}  {', '.join(facts)}"
    if check.pairs:
        yield f"  {_say('samples', lang)}"
        for pair in check.pairs:
            yield from _pair_lines(pair)
    if check.capabilities:
        yield f"  {_say('capabilities', lang)}"
        width = max(len(each.name) for each in check.capabilities)
        yield from (f"    {each.name:{width}}  {_say(each.state, lang)}" for each in check.capabilities)
    mapped = sum(pair.problem is None for pair in check.pairs)
    if check.coverage and mapped:
        yield f"  {_say('coverage', lang)}"
        count = max(1, sum(check.visibility.values()) or check.items)
        yield from (f"    {each.field:20}{100 * each.filled / count:5.0f} %" for each in check.coverage if each.mapped or each.filled)
        if missing := [each.field for each in check.coverage if not each.mapped and not each.filled]:
            yield f"    {_say('unmapped', lang)}: {', '.join(missing)}"
    if check.visibility:
        yield f"  {_say('visibility', lang)}"
        yield from (f"    {count:5}  {_keys(keys, lang)}" for keys, count in check.visibility.items())
    if check.unknown:
        yield f"  {_say('unknown', lang)}"
        for where, values in check.unknown.items():
            yield f"    {where}"
            yield from (f"      {count:5}  {_cut(value, COLUMN)}" for value, count in values.items())


def _pair_lines(pair: Pair) -> Iterator[str]:
    yield f"    {_cut(pair.key.replace(chr(31), ' / '), COLUMN)}{'' if pair.problem is None else f'  ✗ {_cut(pair.problem, COLUMN)}'}"
    for each in pair.beside:
        if each.native is not None or each.record is not None:
            yield f"      {each.field:18}{_padded(_cut(each.native or '-', COLUMN), COLUMN)}  {_cut(each.record or '-', COLUMN)}"


def _keys(keys: str, lang: Language) -> str:
    return f"{keys}  {_say(keys, lang)}" if keys in ("pub", "none") else keys


def _say(word: str, lang: Language) -> str:
    return _WORDS[word][lang == "en"]


def _moment(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment is not None else "-"


def _plain(text: str) -> str:
    """Text of a source must not steer a terminal."""
    return _CONTROL.sub(" ", text)


def _columns(text: str) -> int:
    """Columns on a terminal: a hanzi takes two (UAX #11)."""
    return sum(0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF") for each in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _columns(text))


def _cut(text: str, width: int) -> str:
    plain = _plain(text)
    if _columns(plain) <= width:
        return plain
    taken = 0
    for place, each in enumerate(plain):
        taken += _columns(each)
        if taken > width - 1:
            return f"{plain[:place]}…"
    return plain
