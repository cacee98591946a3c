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
         ' if name != "state"}', "}"),
        ("another difference is another notice",
         SEEING + "the_same_difference_is_told_no_more_as_the_order_goes_on_but_another_is", f"{ESHOP}/notices.py",
         '**{name: its for name, its in notice["facts"].items() if name != "state"}', ""),
        ("what is so again is news", SEEING + "what_is_so_no_longer_is_news_when_it_is_so_again",
         f"{ESHOP}/notices.py", "    if kept != now.seen:\n", "    if False:\n"),
        ("that a notice was seen to is taken back", SEEING + "it_is_told_again_when_that_is_taken_back",
         f"{ESHOP}/seeing.py", "[one for one in link.seen if one not in back]", "link.seen"),
        ("only what is still so is told again", SEEING + "of_an_order_that_went_on_only_what_is_still_so_is_told_again",
         f"{ESHOP}/seeing.py", "*standing(_notices(back), now)]", "*_notices(back)]"),
        ("a message that was overtaken tells nothing again",
         SEEING + "a_later_message_tells_what_is_taken_back_of_an_earlier_one", f"{ESHOP}/seeing.py",
         'its.outcome in ("applied", "noticed")', "its.outcome"),
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
