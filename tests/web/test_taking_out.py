"""Documents as files that are edited and brought back."""

import pytest

from tests.web.companies import Shop
from tests.web.test_importing import counts, took


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [("receipts", "NUT,5,", "NUT,6,"), ("orders", "BOLT,3,", "BOLT,4,"), ("opening-balances", ",40,", ",41,")],
)
def test_documents_are_taken_out_with_their_lines_and_just_what_was_edited_changes(
    own_shop: Shop, kind: str, before: str, after: str
) -> None:  # fmt: skip
    ada = own_shop.visit("ada")
    taken = ada.get(f"/import/{kind}/?format=csv").data.decode()
    assert taken.count(before) >= 1

    same = counts(took(ada, kind, taken, "all"))
    edited = counts(took(ada, kind, taken.replace(before, after, 1), "all"))

    rows = len(taken.splitlines()) - 1
    assert (same["unchanged"], edited["unchanged"], edited["changed"]) == (rows, rows - 1, 1)
    assert ada.get(f"/import/{kind}/?format=csv").data.decode() == taken.replace(before, after, 1)
    assert f'href="/import/{kind}/?format=csv"' in ada.get(f"/import/{kind}/").text


def test_a_storekeeper_takes_out_their_own_receipts_and_no_cost(own_shop: Shop) -> None:
    taken = own_shop.visit("ken").get("/import/receipts/?format=csv").data.decode().splitlines()

    assert taken[0] == "document,warehouse,product,quantity,on,note"
    assert [row.split(",")[1:4] for row in taken[1:]] == [["NORTH", "NUT", "5"]]
