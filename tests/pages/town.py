"""An invented community for tests of the pages: enough themes, words and people to look like a real week's work."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from nlp.demand_weights import DemandWeights
from review import accounts, theme_digests
from review.principals import SYSTEM, Role
from store.ids import new_id
from store.tables import (
    Author,
    Channel,
    Draft,
    Job,
    Knowledge,
    LineageEdge,
    Mention,
    Post,
    Proposal,
    RejectedRow,
    Run,
    Source,
    Theme,
    Vote,
)

PASSWORD = "chongdian-kuai-yidian"
HOSTILE = '<script>window.hacked = 1</script>"><img src=x onerror="window.hacked = 1">充电口松动'
FIRST_WORDS = "充到八成就不动了，等一晚上还是 80%"


@dataclass(frozen=True, slots=True)
class Need:
    """A theme to be written: name, words people used for it, and its numbers."""

    name: str
    intent: str
    words: tuple[str, ...]
    people: int
    severity: float
    growth: float
    parts: dict[str, float]
    keyphrases: tuple[str, ...]


def _need(name: str, intent: str, people: int, severity: float, growth: float, keyphrases: str, *words: str) -> Need:
    parts = {
        "reach": people / (people + 12), "growth": 1 / (1 + 2.718 ** (-1.5 * growth)), "severity": severity,
        "recency": 0.75, "breadth": min(people / 40, 0.9), "engagement": min(people / 60, 0.8), "votes": 0.0,
    }  # fmt: skip
    return Need(name, intent, words, people, severity, growth, parts, tuple(keyphrases.split()))


NEEDS = (
    _need("充电到 80% 就停，充不满", "pain_point", 46, 0.72, 0.85, "充电 充不满 80% 停充",
          FIRST_WORDS, "更新之后充电永远卡在 80", "为什么充不满啊，客服说是保护，可我没开",
          "插着一晚上，早上起来 79%", "快充第一段很快，后面直接停了", "换了原装头也是到八成就停"),
    _need("夜间闹钟不响或延迟", "pain_point", 31, 0.88, 0.52, "闹钟 不响 睡眠模式 迟到",
          "今天又迟到了，闹钟根本没响", "开了睡眠模式之后闹钟就哑了", "闹钟晚了十分钟才响，音量还特别小"),
    _need("门锁低温下指纹识别失败", "pain_point", 28, 0.81, 0.31, "门锁 指纹 低温 冬天",
          "零下的天指纹要按五六次", "东北这边冬天门锁基本等于摆设，只能输密码", "手干一点就识别不了"),
    _need("相册希望按地点和人物自动整理", "request", 26, 0.22, 0.08, "相册 整理 地点 人物",
          "能不能按地点自动分相册", "几千张娃的照片，求个人物归类", "隔壁家早就有人脸相册了"),
    _need("扫地机器人回充找不到基站", "pain_point", 22, 0.58, -0.22, "扫地机 回充 基站",
          "扫完就在客厅转圈，找不到家", "基站明明就在旁边，绕了半小时没电了"),
    _need("系统更新后发热掉帧", "pain_point", 19, 0.66, 1.1, "更新 发热 掉帧 卡顿",
          "更新完打游戏烫手还掉帧", "这版系统刷视频都发烫", "以前 60 帧稳稳的，现在 40 都不到"),
    _need("怎样关闭桌面推荐广告", "question", 17, 0.35, 0.0, "广告 关闭 推荐",
          "桌面那个推荐怎么关", "负一屏广告在哪里关掉", "设置里翻遍了也没找到关闭推荐的地方"),
    _need("耳机双设备切换断连", "pain_point", 15, 0.49, -0.05, "耳机 切换 断连",
          "电脑和手机来回切就断", "接电话的时候耳机自己断开了"),
    _need("希望支持全屋联动的条件再多一些", "request", 12, 0.18, 0.2, "联动 条件 自动化",
          "联动里加个“湿度持续多久”吧", "想要离家超过十分钟再关灯"),
    _need("息屏显示耗电明显", "pain_point", 11, 0.41, 0.02, "息屏 耗电",
          "开了息屏一晚上掉 15%", "息屏显示太费电了，能不能做个定时"),
    _need("体脂秤数据偶尔串到家人账号", "pain_point", 9, 0.63, 0.4, "体脂秤 串号 家人",
          "我老公的体重记到我头上了", "家里两个人体重差不多就会串"),
    _need("路由器穿墙弱，卧室没信号", "pain_point", 8, 0.55, -0.6, "路由器 穿墙 信号",
          "隔一堵墙就剩一格", "卧室刷视频一直转圈"),
    _need("保修期到底从哪天算", "question", 6, 0.2, 0.0, "保修 日期", "保修是从激活算还是从购买算",
          "发票日期和激活日期差俩月，按哪个"),
)  # fmt: skip


@dataclass(slots=True)
class Town:
    """Ids of what is there."""

    themes: list[str] = field(default_factory=list)  # best demand first
    drafts: list[str] = field(default_factory=list)  # most urgent first
    needs_person: str = ""
    proposals: list[str] = field(default_factory=list)  # voting, under review, received, shipped, declined
    source: str = ""
    job: str = ""
    users: dict[str, str] = field(default_factory=dict)  # username -> id
    channels: list[str] = field(default_factory=list)


class Builder:
    """Writes the town into one session."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        self.now = now
        self.town = Town()
        self.authors: list[Author] = []
        self.channels: list[Channel] = []
        self.posts: list[Post] = []

    def people(self) -> None:
        for username, name, role in (
            ("pm", "林产品", Role.PRODUCT_MANAGER), ("mod", "周运营", Role.MODERATOR),
            ("mod2", "何运营", Role.MODERATOR), ("admin", "管理员", Role.ADMIN),
        ):  # fmt: skip
            user = accounts.create_user(
                self.session, SYSTEM, username=username, password=PASSWORD, role=role, display_name=name
            )
            self.town.users[username] = user.id
        self.authors = [
            Author(id=f"aut_{number:026d}", platform="native", tier="regular", first_seen=self.now)
            for number in range(60)
        ]
        self.channels = [
            Channel(id=new_id("channel"), name=name, timezone="Asia/Shanghai", created_at=self.now)
            for name in ("官方社区 · 建议反馈", "内测交流群", "智能家居 QQ 群")
        ]
        self.session.add_all([*self.authors, *self.channels])
        self.session.flush()
        self.town.channels = [channel.id for channel in self.channels]

    def post(self, text: str, number: int, *, days: float, **fields: object) -> Post:
        channel = self.channels[number % 3]
        post = Post(
            id=new_id("post"), channel_id=channel.id, key=f"k{len(self.posts)}",
            author_id=self.authors[number % 60].id, posted_at=self.now - timedelta(days=days), raw=text, text=text,
            masks={}, thread=f"t{number % 7}", likes=(number * 7) % 40, replies=(number * 3) % 12,
            product=("拾光 S1", "拾光 S1 Pro", "拾光 Note 2", "")[number % 4],
            region=("北京", "广东", "黑龙江", "")[number % 4], created_at=self.now,
        )  # fmt: skip
        for name, value in fields.items():
            setattr(post, name, value)
        self.session.add(post)
        self.session.flush()
        self.posts.append(post)
        return post

    def themes(self) -> None:
        run = Run(
            id=new_id("run"), encoder={"name": "test"}, parameters={}, timings={}, posts=300, mentions=420,
            themes=len(NEEDS), created_at=self.now - timedelta(days=20),
        )  # fmt: skip
        later = Run(
            id=new_id("run"), encoder={"name": "test"}, parameters={}, timings={}, posts=360, mentions=500,
            themes=len(NEEDS), created_at=self.now - timedelta(days=1),
        )  # fmt: skip
        self.session.add_all([run, later])
        self.session.flush()
        weights = DemandWeights().of_part()
        for place, need in enumerate(NEEDS):
            score = 100 * sum(weights[name] * value for name, value in need.parts.items()) / sum(weights.values())
            theme = Theme(
                id=new_id("theme"), name=need.name, mined_name=need.name, intent=need.intent,
                keyphrases=list(need.keyphrases), score=round(score, 2), parts=need.parts,
                evidence={"people": float(need.people), "people_weighted": need.people * 1.2, "need_share": 1.0,
                          "recent_people": need.people / 3, "expected_people": need.people / 5,
                          "engagement": need.people * 4.0, "votes": 0.0},
                size=max(need.people + 5, len(need.words)), posts=need.people + 2, authors=need.people,
                severity=need.severity, growth=need.growth,
                weekly=[[(self.now.date() - timedelta(days=self.now.weekday(), weeks=7 - week)).isoformat(),
                         max(1, round(need.people / 8 * (1 + need.growth * (week - 4) / 4) + (place + week) % 3))]
                        for week in range(8)],
                first_seen=self.now - timedelta(days=55), last_seen=self.now - timedelta(hours=5 + place * 9),
                run_id=run.id, threshold=0.5, created_at=self.now, updated_at=self.now,
            )  # fmt: skip
            self.session.add(theme)
            self.session.flush()
            self.town.themes.append(theme.id)
            quotes = []
            for number, words in enumerate(need.words):
                post = self.post(words, place * 7 + number, days=1 + number * 6 + place)
                self.session.add(
                    Mention(
                        id=new_id("mention"), post_id=post.id, ordinal=0, key=f"m{post.key}", text=words,
                        intent=need.intent, intent_confidence=0.9, severity=need.severity, products=[],
                        theme_id=theme.id, strength=0.95 - number / 50, run_id=run.id,
                    )
                )  # fmt: skip
                if number < 4:
                    quotes.append({"post_id": post.id, "text": words})
            theme.quotes = quotes
            self.session.add(
                LineageEdge(
                    run_id=run.id if place != 5 else later.id, kind="mint", from_theme=None, to_theme=theme.id,
                    overlap=0.0, created_at=run.created_at if place != 5 else later.created_at,
                )
            )  # fmt: skip
        self.session.flush()

    def knowledge(self) -> list[Knowledge]:
        rows = [
            ("faq", "充电为什么停在 80%", "开启“智能充电保护”后，夜间充电会先停在 80%，在您常用的起床时间前充满。"
             "关闭路径：设置 → 电池 → 电池保护。", 40),
            ("known_issue", "3.2.1 版本夜间充电提前停止", "3.2.1 版本中保护开关关闭后仍可能停在 80%，将在 3.2.2 修复。", 6),
            ("faq", "怎样关闭桌面推荐", "设置 → 桌面 → 负一屏与推荐，关闭“内容推荐”即可。", 120),
            ("release_note", "3.2.2 更新日志", "修复睡眠模式下闹钟可能不响的问题；优化低温下门锁指纹识别。", 3),
        ]  # fmt: skip
        made = [
            Knowledge(
                id=new_id("knowledge"), key=f"K{number:02d}", kind=kind, title=title, body=body, product="拾光 S1",
                source_updated_at=self.now - timedelta(days=days), created_at=self.now, updated_at=self.now,
            )
            for number, (kind, title, body, days) in enumerate(rows, start=1)
        ]  # fmt: skip
        self.session.add_all(made)
        self.session.flush()
        return made

    def drafts(self) -> None:
        known = self.knowledge()
        said = [
            (f"{FIRST_WORDS}，客服让我恢复出厂，试过了没用。是电池坏了吗？还在保修期内，能不能给个准话？", [
                ("感谢您的耐心反馈，充不满确实影响一天的使用。", "courtesy", []),
                ("开启“智能充电保护”后，夜间充电会先停在 80%，在您常用的起床时间前充满。", "grounded", [known[0].id]),
                ("3.2.1 版本中保护开关关闭后仍可能停在 80%，将在 3.2.2 修复。", "grounded", [known[1].id]),
                ("方便告诉我们您的系统版本，以及保护开关是否已关闭吗？", "ask_back", []),
            ], ["是否为电池硬件故障，知识库中没有判断方法"], 0.82, False, 0),
            ("桌面那个推荐怎么关？设置里翻遍了。", [
                ("您好，", "courtesy", []),
                ("设置 → 桌面 → 负一屏与推荐，关闭“内容推荐”即可。", "grounded", [known[2].id]),
            ], [], 0.91, False, 6),
            (HOSTILE, [("感谢反馈，我们会尽快核实。", "courtesy", [])], ["充电口松动的检测与维修方式"], 0.2, True, 0),
            ("体脂秤把我老公的数据记到我账号里了，历史数据能拆开吗？", [
                ("感谢反馈，给您添麻烦了。", "courtesy", []),
                ("请问两位的体重大约相差多少？", "ask_back", []),
            ], ["串号的历史数据能否拆分或迁移"], 0.18, True, 10),
        ]  # fmt: skip
        for number, (text, sentences, gaps, confidence, person, place) in enumerate(said):
            self.post("我的也是，上周更新之后开始的", 21 + number, days=0.7, thread=f"d{number}",
                      channel_id=self.channels[0].id)  # fmt: skip
            post = self.post(
                text, number, days=0.4, likes=23 - number, thread=f"d{number}", channel_id=self.channels[0].id
            )
            draft = Draft(
                id=new_id("draft"), post_id=post.id, theme_id=self.town.themes[place], drafter="grounded",
                sentences=[{"text": t, "kind": kind, "sources": sources} for t, kind, sources in sentences],
                gaps=gaps, confidence=confidence, needs_person=person, priority=90.0 - number * 10,
                created_at=self.now, updated_at=self.now,
            )  # fmt: skip
            self.session.add(draft)
            self.session.flush()
            self.town.drafts.append(draft.id)
        self.town.needs_person = self.town.drafts[2]

    def proposals(self) -> None:
        rows = [
            (1, "voting", "闹钟在任何模式下都必须准时响", 17, "", "本周日 20:00 截止"),
            (2, "under_review", "门锁低温指纹优化", 0, "", "正在请硬件同事评估低温传感器方案"),
            (3, "received", "相册按地点和人物自动整理", 0, "", ""),
            (4, "shipped", "扫地机器人回充优化", 42, "", "3.1 版本已上线，感谢最早反馈的五位用户"),
            (9, "declined", "息屏显示默认关闭", 5, "多数用户仍希望保留，改为提供定时开关", ""),
        ]  # fmt: skip
        for place, status, title, votes, reason, note in rows:
            need = NEEDS[place]
            proposal = Proposal(
                id=new_id("proposal"), theme_id=self.town.themes[place], routed_from=self.town.themes[place],
                title=title, problem="\n".join(f"“{words}”" for words in need.words), status=status, reason=reason,
                note=note, first_reporters=[self.authors[place * 5 + k].id for k in range(3)], people=need.people - 2,
                demand_score=50.0, created_at=self.now - timedelta(days=9),
                updated_at=self.now - timedelta(days=place),
            )  # fmt: skip
            self.session.add(proposal)
            self.session.flush()
            self.town.proposals.append(proposal.id)
            self.session.add_all([
                Vote(
                    id=new_id("vote"), proposal_id=proposal.id, voter=self.authors[59 - number].id,
                    cast_by=self.authors[59 - number].id, provenance="", created_at=self.now - timedelta(days=2),
                )
                for number in range(votes)
            ])  # fmt: skip

    def sources(self) -> None:
        source = Source(
            id=new_id("source"), channel_id=self.channels[0].id, name="社区导出_2026年8月.csv", sha256="0" * 64,
            format="discuz_csv", received=412, written=396, duplicate=11, rejected=2, skipped=3,
            created_at=self.now - timedelta(hours=3),
        )  # fmt: skip
        self.session.add(source)
        self.session.flush()
        self.town.source = source.id
        self.session.add_all([
            RejectedRow(source_id=source.id, line=118, reason="the text is empty; fill it in", raw='"","2026-08-01",13800138000'),
            RejectedRow(source_id=source.id, line=207, reason="the time cannot be read", raw=HOSTILE),
        ])  # fmt: skip
        jobs = [
            Job(id=new_id("job"), kind="run", status="running", step="cluster", done=230, total=412,
                created_by=self.town.users["pm"], created_at=self.now - timedelta(minutes=1),
                started_at=self.now - timedelta(seconds=40), arguments={}),
            Job(id=new_id("job"), kind="ingest", status="succeeded", step="storing", done=412, total=412,
                created_by=self.town.users["pm"], created_at=self.now - timedelta(hours=3),
                started_at=self.now - timedelta(hours=3), finished_at=self.now - timedelta(hours=3, seconds=-14),
                arguments={"name": "社区导出_2026年8月.csv", "channel": "官方社区 · 建议反馈"},
                result={"received": 412, "written": 396, "duplicate": 11, "rejected": 2, "skipped": 3}),
        ]  # fmt: skip
        self.session.add_all(jobs)
        self.session.flush()
        self.town.job = jobs[0].id


def build(session: Session) -> Town:
    """Write the town; flushes, does not commit."""
    builder = Builder(session, datetime.now(UTC))
    builder.people()
    builder.themes()
    builder.drafts()
    builder.proposals()
    builder.sources()
    theme_digests.refresh(session)
    session.flush()
    return builder.town
