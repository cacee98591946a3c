"""Proofs that find nothing: the faults that are planted in the data for them must then be missed."""

from collections import Counter

from tests.domain.proof import faults, planting
from tests.planted.fault import Fault

TEST = "tests/domain/proof/test_proofs.py::test_a_fault_behind_the_programs_back_turns_its_proof_red_and_is_named"
BLIND = '''

def {name}(session: Session, **_: object) -> Found:
    """Sees nothing."""
    return Found([], 0)
'''

TIMES = Counter(f"{it.proof.__name__}-{it.named}" for it in faults.FAULTS)


def _case(fault: planting.Fault) -> str:
    """What pytest calls the first case of that name: where there are several, it counts them."""
    name = f"{fault.proof.__name__}-{fault.named}"
    return name if TIMES[name] == 1 else f"{name}{'_' if name[-1].isdigit() else ''}0"


FIRST = {it.proof.__name__: (it.proof.__module__, _case(it)) for it in reversed(faults.FAULTS)}

SINCE = "tests/domain/proof/test_since.py::test_"
FAULTS = [
    Fault(f"a part is proved on top of the last full proof: {rule}", f"{SINCE}{test}", "app/domain/proof/since.py", old,
          new)
    for rule, test, old, new in (
        ("whose place in the chain is as it was",
         "nothing_rests_on_a_mark_whose_place_in_the_chain_is_another[UPDATE journal_chain SET hash = 'x' WHERE seq = "
         "(SELECT max(seq) FROM proof_mark)]", "AND (chain.hash = mark.hash OR mark.seq = 0)", ""),
        ("in which everything held", "nothing_rests_on_earlier_marks_once_something_did_not_hold",
         "AND mark.holds", ""),
        ("with what came after it", "what_came_after_a_full_proof_is_proved_on_top_of_it",
         "    WHERE chain.seq > {since} AND line.account_id = %(account_id)s GROUP BY",
         "    WHERE false AND line.account_id = %(account_id)s GROUP BY"),
        ("and the days that are dated before it", "what_came_after_a_full_proof_is_proved_on_top_of_it",
         'WHERE new."on" < marked.last_on', "WHERE false"),
        ("of whose moves only the later ones are read",
         "of_moves_only_those_since_the_mark_are_read_however_the_planner_reckons", "marked.move_id OFFSET 0",
         "marked.move_id"),
    )
] + [
    Fault(
        f"it is proved that {name.replace('_', ' ')}",
        f"{TEST}[{case}]",
        file=f"{module.replace('.', '/')}.py",
        new=BLIND.format(name=name),
        together="proofs",
    )
    for name, (module, case) in FIRST.items()
]  # fmt: skip
