"""A job is watched: an answer that fails is asked for again, and who may not ask any more is shown why."""

from playwright.sync_api import expect
from sqlalchemy.orm import Session

from app.domain.kernel.rows import write
from tests.browser.conftest import Desk

JOB = """
INSERT INTO job (id, task, lane, about, arguments, at, status)
VALUES (1, 'export', 'long', 'x', '{}', now(), 'waiting')
"""


def test_a_job_is_asked_about_again_after_no_answer_and_no_more_once_one_is_signed_out(desk: Desk) -> None:
    with Session(desk.shop.engine) as session:
        write(session, JOB)
        session.commit()
    page = desk.page
    page.clock.install()
    desk.sign_in("ada")
    page.route("**/state", lambda route: route.fulfill(status=502))
    with page.expect_response(lambda answer: answer.status == 502):
        desk.open("/jobs/1")
    page.unroute("**/state")

    with page.expect_response(lambda answer: answer.url.endswith("/state") and answer.ok):
        page.clock.run_for(6_000)

    desk.complaints.clear()
    page.context.clear_cookies()
    page.clock.run_for(6_000)
    expect(page.locator("#username")).to_be_visible()
