"""Shops are asked for what changed and told what they may sell, over the network."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Any

import pytest

from app.domain.kernel.errors import DomainError
from app.domain.kernel.jobs import TryAgain
from app.web import outgoing
from app.web.shop_calls import (
    MOST_UNTOLD,
    PER_PAGE,
    Account,
    Again,
    Page,
    send_levels,
    shopify_pages,
    signature,
    woocommerce_pages,
)
from tests.web.foreign_shop import ForeignShop, open_shop

OWN = {"127.0.0.1"}
SINCE = datetime(2026, 3, 5, 12, tzinfo=UTC)
BOTH = pytest.mark.parametrize("pages", [woocommerce_pages, shopify_pages])


@pytest.fixture
def theirs() -> Iterator[ForeignShop]:
    with open_shop() as shop:
        yield shop


def account(shop: ForeignShop) -> Account:
    return Account("Their shop", shop.address, "key", "secret", OWN)


def order(pk: int, seconds: int, **more: Any) -> dict[str, Any]:
    at = SINCE + timedelta(seconds=seconds)
    its = {"id": pk, "date_modified_gmt": f"{at:%Y-%m-%dT%H:%M:%S}", "updated_at": at.isoformat(), "refunds": []}
    return its | more


def refs(pages: list[Page]) -> list[str]:
    return [found.ref for page in pages for found in page.found]


def test_all_that_changed_is_found_though_it_changes_while_one_asks(theirs: ForeignShop) -> None:
    theirs.orders = [order(i, i) for i in range(PER_PAGE * 2)]
    pages = []
    for page in woocommerce_pages(account(theirs), SINCE):
        if not pages:
            # An order of the first page changes again: what follows it moves up by one.
            theirs.orders[0] = order(0, 500)
        pages.append(page)

    assert {*refs(pages)} == {str(i) for i in range(PER_PAGE * 2)}
    assert pages[-1].until == SINCE + timedelta(seconds=500)


@pytest.mark.parametrize("most", [PER_PAGE, 1])
def test_nothing_is_passed_by_though_the_page_before_moves_up(
    theirs: ForeignShop, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 1 if most == 1 else 0
    theirs.orders, theirs.most = [order(i, 5 + i * seconds) for i in range(PER_PAGE + 3)], most
    answer = theirs._answer

    def answers(request: Any) -> Any:
        # Just before a second page is told, an order of the first one changes again.
        if request.args["page"] == "2" and theirs.orders[0]["date_modified_gmt"] < order(0, 400)["date_modified_gmt"]:
            theirs.orders[0] = order(0, 500)
        return answer(request)

    monkeypatch.setattr(theirs, "_answer", answers)

    assert {*refs(list(woocommerce_pages(account(theirs), SINCE)))} == {str(i) for i in range(PER_PAGE + 3)}


def test_a_shop_that_sorts_as_it_likes_is_asked_anew_for_a_few_times_only(
    theirs: ForeignShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = count()
    monkeypatch.setattr(theirs, "_answer", lambda request: ([order(next(turns) % 90, 0)] * PER_PAGE, {}))

    list(islice(woocommerce_pages(account(theirs), SINCE), 7))

    assert theirs.asked[-1].args["page"] == "4"


@BOTH
@pytest.mark.parametrize("untold", [{0}, {4}, {2, 3, 4}, {8}])
def test_one_order_that_a_shop_cannot_tell_waits_and_holds_up_no_other(
    theirs: ForeignShop, pages: Any, untold: set[int]
) -> None:
    theirs.orders, theirs.untold = [order(i, i) for i in range(9)], untold

    told = list(pages(account(theirs), SINCE))

    found = [its for page in told for its in page.found]
    assert {its.ref for its in found if its.ref} == {str(i) for i in range(9) if i not in untold}
    assert len({its.body for its in found if its.why}) == len(untold)
    assert "cannot tell the order" in str(next(its.why for its in found if its.why))
    last = 7 if 8 in untold and pages is woocommerce_pages else 8
    assert told[-1].until == SINCE + timedelta(seconds=last)


def test_an_order_that_cannot_be_told_and_moves_up_has_no_other_passed_by(
    theirs: ForeignShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs.orders, theirs.untold = [order(i, i) for i in range(5)], {1}
    answer = theirs._answer

    def answers(request: Any) -> Any:
        if request.args["page"] == "3":
            theirs.orders[1] = order(1, 500)
        return answer(request)

    monkeypatch.setattr(theirs, "_answer", answers)

    assert {"0", "2", "3", "4"} <= {*refs(list(woocommerce_pages(account(theirs), SINCE)))}


def test_a_page_that_is_all_of_one_second_is_followed_by_the_next(theirs: ForeignShop) -> None:
    theirs.orders = [order(i, 7) for i in range(PER_PAGE * 2 + 3)]

    pages = list(woocommerce_pages(account(theirs), SINCE))

    assert {*refs(pages)} == {str(i) for i in range(PER_PAGE * 2 + 3)}


def test_the_second_before_is_asked_for_once_more(theirs: ForeignShop) -> None:
    theirs.orders = [order(1, 0), order(2, -2)]

    assert refs(list(woocommerce_pages(account(theirs), SINCE))) == ["1"]


def test_refunds_are_asked_for_with_their_lines(theirs: ForeignShop) -> None:
    theirs.orders = [order(8, 1, refunds=[{"id": 9, "total": "-1.00"}])]
    theirs.refunds = {8: [{"id": 9, "amount": "1.00"}]}

    (page,) = woocommerce_pages(account(theirs), SINCE)

    assert [(found.ref, found.topic) for found in page.found] == [("8", ""), ("8", "refunds of order 8")]
    assert json.loads(page.found[1].body) == theirs.refunds[8]


def test_a_shop_without_tls_is_asked_without_sending_the_secret(theirs: ForeignShop) -> None:
    list(woocommerce_pages(account(theirs), SINCE))

    (asked,) = theirs.asked
    assert asked.args["oauth_consumer_key"] == "key"
    assert "secret" not in str([asked.args, asked.headers]).replace("oauth_signature", "")


ODD: list[Any] = [
    {"id": 8}, {"id": 8, "date_modified_gmt": None, "updated_at": None}, {"id": None}, {"id": {}}, "order", None, [],
    {"id": 8, "date_modified_gmt": "yesterday", "updated_at": 7}, {"id": "x" * 99}, {"id": 8, "total": float("inf")},
]  # fmt: skip


@BOTH
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_what_nobody_can_read_waits_and_holds_up_no_other(theirs: ForeignShop, pages: Any, odd: Any) -> None:
    theirs.orders = [odd, order(9, 3)]

    (page,) = pages(account(theirs), SINCE)

    first, other = sorted(page.found, key=lambda it: it.ref == "9")
    assert first.ref == "8" or first.why is not None
    assert (other.ref, other.why, page.until) == ("9", None, SINCE + timedelta(seconds=3))


@BOTH
@pytest.mark.parametrize("answer", [{"errors": "x"}, "x", None, {"orders": {"id": 1}}])
def test_what_is_no_list_of_orders_is_told_in_a_sentence(
    theirs: ForeignShop, pages: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(theirs, "_answer", lambda request: (answer, {}))

    with pytest.raises(TryAgain, match="something else than a list"):
        list(pages(account(theirs), SINCE))


@BOTH
def test_one_stamp_that_is_ahead_passes_nothing_by(theirs: ForeignShop, pages: Any) -> None:
    theirs.orders = [order(1, 5), order(2, 10**9)]

    (page,) = pages(account(theirs), SINCE)

    assert (len(page.found), page.until) == (2, SINCE + timedelta(seconds=5))


@BOTH
def test_a_shop_that_gives_the_same_page_again_and_again_is_left(theirs: ForeignShop, pages: Any) -> None:
    theirs.orders, theirs.counts = [order(i, -9 if pages is shopify_pages else 0) for i in range(PER_PAGE)], False

    assert len(list(islice(pages(account(theirs), SINCE), 9))) == 2


@BOTH
def test_a_mark_of_byte_order_is_no_part_of_an_answer(theirs: ForeignShop, pages: Any) -> None:
    theirs.orders, theirs.before = [order(8, 1)], b"\xef\xbb\xbf"

    assert refs(list(pages(account(theirs), SINCE))) == ["8"]


def test_the_same_host_is_written_in_capitals_too(theirs: ForeignShop) -> None:
    theirs.orders = [order(i, i) for i in range(PER_PAGE + 1)]
    port = theirs.address.rpartition(":")[2]
    theirs.elsewhere = f"http://localhost:{port}"
    shop = account(theirs)._replace(address=f"http://LOCALHOST:{port}", own={"localhost"})

    assert len(list(shopify_pages(shop, SINCE))) == 2


def test_shopify_is_followed_from_page_to_page(theirs: ForeignShop) -> None:
    theirs.orders = [order(i, i) for i in range(PER_PAGE * 2 + 1)]

    pages = list(shopify_pages(account(theirs), SINCE))

    assert refs(pages) == [str(i) for i in range(PER_PAGE * 2 + 1)]
    assert pages[-1].until == SINCE + timedelta(seconds=PER_PAGE * 2)
    assert {asked.headers["X-Shopify-Access-Token"] for asked in theirs.asked} == {"secret"}


@pytest.mark.parametrize("elsewhere", ["http://localhost:{port}", "http://127.0.0.1:9", "https://127.0.0.1:{port}"])
def test_shopify_is_not_followed_to_another_host(theirs: ForeignShop, elsewhere: str) -> None:
    theirs.orders = [order(i, i) for i in range(PER_PAGE + 1)]
    theirs.elsewhere = elsewhere.format(port=theirs.address.rpartition(":")[2])

    with pytest.raises(DomainError, match="another host"):
        list(shopify_pages(account(theirs), SINCE))


@pytest.mark.parametrize(
    ("status", "error", "sentence"),
    [
        (401, DomainError, "lets nobody in"), (503, TryAgain, "answers with 503"), (302, TryAgain, "answers with 302"),
    ],
)  # fmt: skip
@BOTH
def test_what_is_no_answer_is_told_in_a_sentence(
    theirs: ForeignShop, pages: Any, status: int, error: type[Exception], sentence: str
) -> None:
    theirs.status = status

    with pytest.raises(DomainError, match=sentence) as refused:
        list(pages(account(theirs), SINCE))

    assert type(refused.value) is error


def test_a_shop_that_is_not_public_is_not_called_again_and_again(theirs: ForeignShop) -> None:
    for pages in (woocommerce_pages, shopify_pages):
        with pytest.raises(DomainError, match="begins with https") as refused:
            list(pages(account(theirs)._replace(own=()), SINCE))
        assert not isinstance(refused.value, TryAgain)

    assert theirs.asked == []


def test_a_shop_that_is_not_there_is_tried_again() -> None:
    with pytest.raises(TryAgain, match="cannot be reached"):
        list(woocommerce_pages(Account("Nobody's", "http://127.0.0.1:9", "key", "secret", OWN), SINCE))


def test_what_a_shop_is_told_is_signed_over_id_moment_and_body(theirs: ForeignShop) -> None:
    send_levels(account(theirs), "WEB-7", b'{"last": 7}')

    ((headers, body),) = theirs.told
    signed = f"WEB-7.{headers['Webhook-Timestamp']}.".encode() + body
    made = base64.b64encode(hmac.new(b"secret", signed, hashlib.sha256).digest()).decode()
    assert headers["Webhook-Signature"] == f"v1,{made}"
    assert (headers["Webhook-Id"], headers["Content-Type"]) == ("WEB-7", "application/json")


def test_a_secret_of_the_standard_is_the_bytes_that_it_encodes() -> None:
    # The example of the specification (standardwebhooks.com).
    assert (
        signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            b'{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_a_secret_that_was_cut_off_is_told_in_a_sentence() -> None:
    with pytest.raises(DomainError, match="no base64"):
        signature("whsec_MfKQ9", "x", "1", b"")


def test_what_rests_is_not_asked_for_again_and_again_by_a_stamp_that_is_ahead(theirs: ForeignShop) -> None:
    refunded: dict[str, Any] = {"refunds": [{"id": 9, "total": "-1.00"}]}
    theirs.orders = [order(7, 5, **refunded), order(8, 10**9, **refunded)]

    [page] = woocommerce_pages(account(theirs), SINCE, Again(resting={"7", "8"}))

    assert [found.ref for found in page.found] == ["7", "8", "7"]


@BOTH
@pytest.mark.parametrize("too_much", [500, 504, b" " * 1_001])
@pytest.mark.parametrize("most", [PER_PAGE - 1, 1])
def test_a_shop_that_cannot_tell_so_many_at_once_is_asked_for_fewer(
    theirs: ForeignShop, pages: Any, most: int, too_much: int | bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "LARGEST", 1_000)
    theirs.orders = [order(i, i) for i in range(9)]
    theirs.most, theirs.too_much = most, too_much

    assert {*refs(list(pages(account(theirs), SINCE)))} == {str(i) for i in range(9)}


@BOTH
def test_a_shop_that_cannot_tell_of_one_order_is_asked_again_later(theirs: ForeignShop, pages: Any) -> None:
    theirs.most = 0

    with pytest.raises(TryAgain, match="answers with 500"):
        list(pages(account(theirs), SINCE))

    # For 50, 7, 2 and 1, and for those after it; of Shopify's it is asked for the name alone.
    assert len(theirs.asked) == (4 + MOST_UNTOLD if pages is woocommerce_pages else 5)


@pytest.mark.parametrize(("known", "asked"), [({"9", "10"}, 1), ({"9"}, 2), (set(), 2)])
def test_refunds_whose_lines_are_told_are_not_asked_for(theirs: ForeignShop, known: set[str], asked: int) -> None:
    theirs.orders = [order(8, 1, refunds=[{"id": 9, "total": "-1.00"}, {"id": 10, "total": "-1.00"}])]
    theirs.refunds = {8: []}

    list(woocommerce_pages(account(theirs), SINCE, Again(told=lambda refs: dict.fromkeys(refs, known))))

    assert len(theirs.asked) == asked


@pytest.mark.parametrize("odd", [{"id": 9}, ["9"], [{"id": None}], "9"])
def test_refunds_that_nobody_can_read_are_asked_for(theirs: ForeignShop, odd: Any) -> None:
    theirs.orders = [order(8, 1, refunds=odd)]
    theirs.refunds = {8: []}

    list(woocommerce_pages(account(theirs), SINCE, Again(told=lambda refs: {its: {"9"} for its in refs})))

    assert len(theirs.asked) == 2
