"""Notices that people have seen to, taken for something else."""

from tests.planted.fault import Fault

SEEING, INBOX = "tests/domain/intake/eshop/test_seeing.py::test_", "tests/web/test_inbox.py::test_"
ESHOP = "app/domain/intake/eshop"
FAULTS = [
    Fault(rule, test, file, old, new)
    for rule, test, file, old, new in (
        ("what was seen to is told no longer",
         SEEING + "what_was_seen_to_is_told_no_longer_whatever_is_applied_again", f"{ESHOP}/notices.py",
         " and gist(told(its)) not in seen]", "]"),
        ("a notice is the same though our order went on",
         SEEING + "the_same_difference_is_told_no_more_as_the_order_goes_on_but_another_is", f"{ESHOP}/notices.py",
         '"changed_later": ("wanted",), ', ""),
        ("another difference is another notice",
         SEEING + "the_same_difference_is_told_no_more_as_the_order_goes_on_but_another_is", f"{ESHOP}/notices.py",
         '"changed_later": ("wanted",)', '"changed_later": ()'),
        ("a change beyond what is told of it is another one",
         SEEING + "a_change_beyond_what_is_told_of_it_is_another_one", f"{ESHOP}/notices.py",
         '"changed_later": ("wanted",)', '"changed_later": ("difference",)'),
        ("a refund is the same however much of it is credited",
         SEEING + "a_refund_that_was_seen_to_is_told_no_more_however_much_of_it_is_credited", f"{ESHOP}/notices.py",
         '"refund_not_credited": ("ref", "amount"), ', ""),
        ("what was seen to is still done by itself",
         SEEING + "what_was_seen_to_is_still_applied_once_the_order_is_reopened", f"{ESHOP}/notices.py",
         "[*ready, *_ready_though_seen(session)]", "ready"),
        ("what was seen to and waits is left to people",
         SEEING + "what_waits_for_a_person_is_not_tried_again_because_it_was_seen_to", f"{ESHOP}/notices.py",
         "          AND message.outcome = 'waiting'\n", "          AND false\n"),
        ("what is kept no longer is told by its own message",
         SEEING + "of_what_is_kept_no_longer_the_message_itself_tells_it_again", f"{ESHOP}/seeing.py",
         ' or (its.outcome == "superseded" and not its.kept):', ":"),
        ("what a shop never told rests when it was seen to", "tests/web/test_shop_jobs.py::"
         "test_refunds_that_are_never_told_are_asked_for_less_and_less_often_and_given_up_with_a_notice",
         f"{ESHOP}/polling.py", "('waiting', 'noticed', 'applied')", "('waiting', 'noticed')"),
        ("what is so again is news", SEEING + "what_is_so_no_longer_is_news_when_it_is_so_again",
         f"{ESHOP}/notices.py", "    if kept != now.seen:\n", "    if False:\n"),
        ("that a notice was seen to is taken back", SEEING + "it_is_told_again_when_that_is_taken_back",
         f"{ESHOP}/seeing.py", "[one for one in link.seen if one not in back]", "link.seen"),
        ("only what is still so is told again", SEEING + "of_an_order_that_went_on_only_what_is_still_so_is_told_again",
         f"{ESHOP}/seeing.py", "*(standing(again, now) if now is not None else again)]", "*again]"),
        ("a message that was overtaken tells nothing again",
         SEEING + "a_later_message_tells_what_is_taken_back_of_an_earlier_one", f"{ESHOP}/seeing.py",
         'if its.outcome in ("applied", "noticed") or', "if its.outcome or"),
        ("one sees to what one read", SEEING + "it_must_be_what_was_read_and_something_must_be_noticed",
         f"{ESHOP}/seeing.py", "    if stamp(its.reason) != read_as:\n", "    if False:\n"),
        ("what comes by itself is not seen to",
         SEEING + "what_the_program_does_by_itself_when_its_day_comes_stays", f"{ESHOP}/seeing.py",
         'AWAITED = ("nothing_open",)', "AWAITED = ()"),
        ("nobody sees to what they cannot read",
         INBOX + "notices_are_ended_as_seen_to_and_told_again_by_whoever_can_read_them", "app/web/inbox.py",
         'return self.may_retry(item) and mine().sees("prices")', "return self.may_retry(item)"),
        ("a stamp is made of amounts", INBOX + "programs_end_notices_by_the_stamp_that_they_read", "app/web/inbox.py",
         '"body", "stamp"})', '"body"})'),
    )
]  # fmt: skip
