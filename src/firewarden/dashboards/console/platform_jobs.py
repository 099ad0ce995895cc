"""Do the periodic jobs run? Each with how its last run ended."""

from datetime import datetime

from firewarden.dashboards.console.elements import age, box, text
from firewarden.dashboards.console.formats import NOTHING, brief, grouped
from firewarden.dashboards.console.i18n import Texts
from firewarden.upkeep.seen import JobState


class JobsPanel:
    """The periodic jobs on one page."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._drawn: tuple[JobState, ...] | None = None
        with box("panel", tag="section", data_testid="jobs"):
            with box("panel-head"):
                text(texts("platform.jobs"), tag="h2")
            self._body = box()

    def show(self, jobs: tuple[JobState, ...]) -> None:
        """Draw the jobs, if anything about them changed."""
        if jobs == self._drawn or self._body.is_deleted:
            return
        self._drawn = jobs
        self._body.clear()
        with self._body, box("table", tag="table"):
            with box(tag="thead"), box(tag="tr"):
                for name in ("job", "outcome", "ended", "took", "rows", "detail"):
                    text(self._texts(f"platform.job.{name}"), tag="th", scope="col")
            with box(tag="tbody"):
                for job in jobs:
                    _job(job, self._texts)


def tone(job: JobState) -> str:
    """How urgent it is that somebody looks at a job."""
    if job.last is not None and job.last.outcome == "failed":
        return "bad"
    return "warn" if job.overdue else "good"


def _job(job: JobState, texts: Texts) -> None:
    last = job.last
    with box(tag="tr", data_testid=f"job-{job.name}"):
        with box(tag="td"):
            box(f"dot tone-{tone(job)}", tag="i")
            text(texts.name("platform.job_name", job.name), title=job.purpose)
        with box(tag="td"):
            outcome = "never" if last is None else last.outcome
            text(texts.name("platform.outcome", outcome))
            if job.overdue:
                text(f" {texts('platform.overdue')}", "tag tag-warn")
        _ended(last.finished_at or last.started_at if last is not None else None)
        took_s = last.duration_s if last is not None else None
        text(NOTHING if took_s is None else brief(took_s, texts.under("unit")), tag="td")
        text(NOTHING if last is None else grouped(last.rows), tag="td")
        text(last.detail if last is not None else "", "muted", tag="td")


def _ended(at: datetime | None) -> None:
    with box(tag="td"):
        if at is not None:
            age(at)
